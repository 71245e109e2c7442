import {
  Connection,
  type Answer,
  type ConnectionOptions,
  type Question,
  type Streamed,
} from "./connection.ts";
import { ServerError, UnreachableError } from "./errors.ts";

/** Nothing was done, and another server may well do it. */
const elsewhereCodes: readonly string[] = ["not_leader", "no_leader", "starting", "catching_up"];

/**
 * Keeps connections to the servers of one cluster, and asks one of them until another is known to do better.
 * What was certainly not done is asked of another at once, of each server once at most; after any other failure
 * that may pass, another is asked next time. No server is asked that was not given: not every name that servers
 * have for each other counts here, and a token is not for everybody.
 */
export class ClusterConnection implements AsyncDisposable {
  readonly #servers: readonly Connection[];
  /** Whom to ask next. */
  #current: Connection;

  /** @param urls of the servers; the first is asked first */
  constructor([first, ...others]: readonly [URL, ...URL[]], options: ConnectionOptions) {
    this.#current = new Connection(first, options);
    this.#servers = [this.#current, ...others.map((url) => new Connection(url, options))];
  }

  /** The URL of the server that was asked last, or is asked first. */
  get url(): string {
    return this.#current.url;
  }

  /** Rejects as `Connection.ask` does, with what the last server said; ServerError (no_leader) where none leads. */
  ask(question: Question): Promise<Answer> {
    return this.#anywhere(question, (server) => server.ask(question));
  }

  /** Rejects as `Connection.stream` does, and as `ask`. */
  stream(question: Question, signal: AbortSignal): Promise<Streamed> {
    return this.#anywhere(question, (server) => server.stream(question, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }

  async #anywhere<Result>(
    { method }: Question,
    ask: (server: Connection) => Promise<Result>,
  ): Promise<Result> {
    for (let asked = 1; ; asked++) {
      const server = this.#current;
      try {
        return await ask(server);
      } catch (error) {
        const next = nextStep(error, method);
        if (next === "stay") throw error;
        // Calls that fail together turn away from one server together, and no further.
        if (this.#current === server) this.#current = this.#after(server, error);
        if (next === "turn" || asked >= this.#servers.length) throw this.#ofAll(error);
      }
    }
  }

  /** The leader that an error names, or else the next in turn. */
  #after(server: Connection, error: unknown): Connection {
    const leader = error instanceof ServerError ? error.leader : undefined;
    const origin = leader === undefined ? undefined : URL.parse(leader)?.origin;
    const named = this.#servers.find((other) => other.origin === origin);
    if (named !== undefined && named !== server) return named;
    const next = (this.#servers.indexOf(server) + 1) % this.#servers.length;
    return this.#servers[next] ?? server;
  }

  /** Where several say that they do not lead, one of them will soon. */
  #ofAll(error: unknown): unknown {
    const { length } = this.#servers;
    if (length === 1 || !(error instanceof ServerError) || error.code !== "not_leader")
      return error;
    return new ServerError({
      status: 503,
      code: "no_leader",
      message: `none of the ${length} servers says that it is the leader: try again soon`,
      url: error.url,
    });
  }
}

/**
 * What a failure means for where to ask: `stay`: another server would say the same, or must not be asked;
 * `turn`: it may have been done, and another server may do better next time; `elsewhere`: it was not done.
 */
function nextStep(error: unknown, method: Question["method"]): "stay" | "turn" | "elsewhere" {
  if (error instanceof UnreachableError) {
    return method === "GET" || !error.mayBeDone ? "elsewhere" : "turn";
  }
  if (!(error instanceof ServerError)) return "stay";
  if (elsewhereCodes.includes(error.code)) return "elsewhere";
  return error.status === 503 || error.status === 504 ? "turn" : "stay";
}
