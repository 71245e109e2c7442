import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** A request that came in. */
export interface SeenRequest {
  readonly method: string;
  /** As it was sent: not decoded. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** How to answer: a response, a connection that is cut, or silence. */
export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  | "cut"
  | "silence";

/** An error as the API answers it. */
export const problem = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer => ({
  status,
  headers: { "content-type": "application/problem+json", ...headers },
  body: { type: `urn:boxerdb:problem:${code}`, title: code, status, code, message },
});

/**
 * A real HTTP server that answers what a test tells it to. For what a healthy BoxerDB does not do:
 * to refuse, to be slow, to cut connections, to be something else.
 */
export class ScriptedServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answer: (request: SeenRequest, index: number) => ScriptedAnswer;

  private constructor(answer: (request: SeenRequest, index: number) => ScriptedAnswer) {
    this.#answer = answer;
    this.#server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));
  }

  /** Starts on a free port. `answer` is asked for each request, with its number from 0. */
  static async start(
    answer: (request: SeenRequest, index: number) => ScriptedAnswer,
  ): Promise<ScriptedServer> {
    const server = new ScriptedServer(answer);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = {
      method: incoming.method ?? "",
      target: incoming.url ?? "",
      headers: incoming.headers,
      body: await text(incoming),
    };
    const answer = this.#answer(request, this.requests.push(request) - 1);
    if (answer === "silence") return;
    if (answer === "cut") {
      incoming.socket.destroy();
      return;
    }
    const { status, headers, body } = answer;
    outgoing.writeHead(status, { "content-type": "application/json", ...headers });
    outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
  }
}
