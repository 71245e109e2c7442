import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers one request; `message` is its body, as parsed JSON. */
export type Script = (
  path: string,
  message: Readonly<Record<string, unknown>>,
  response: ServerResponse,
) => void | Promise<void>;

/** Something on the peer port that answers whatever a test wants, which need not be what a leader would. */
export class ScriptedLeader implements AsyncDisposable {
  readonly #server: Server;
  /** What it answers now. */
  script: Script;
  /** How many requests came, by path. */
  readonly requests = new Map<string, number>();

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(script: Script): Promise<ScriptedLeader> {
    const leader = new ScriptedLeader(script);
    leader.#server.listen(0, "127.0.0.1");
    await once(leader.#server, "listening");
    return leader;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  requestsTo(path: string): number {
    return this.requests.get(path) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const chunks: Buffer[] = await Array.fromAsync(request);
    const message: unknown = JSON.parse(Buffer.concat(chunks).toString());
    this.requests.set(path, this.requestsTo(path) + 1);
    await this.script(path, Object.assign({}, message), response);
  }
}

/** Answers with JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
