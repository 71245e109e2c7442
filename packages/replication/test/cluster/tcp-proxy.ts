import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What a proxy does with the bytes of one answer on their way to the client. */
export type AnswerFilter = (bytes: Buffer) => Buffer | "cut";

/**
 * Stands between a follower and its leader, and passes bytes on, holds them back, changes them or cuts
 * connections, as it is told.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  /** Changes or cuts what the leader answers. */
  filter: AnswerFilter = (bytes) => bytes;
  #isHolding = false;
  #refuses = false;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on("connection", (client) => this.#connect(client));
  }

  /** Starts one in front of a URL. */
  static async start(targetUrl: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, Number(new URL(targetUrl).port));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** Where the client connects to. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Stops passing anything on, the end of a connection included; nothing is lost. */
  hold(): void {
    this.#isHolding = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** Passes on what was held back, and all that follows. */
  release(): void {
    this.#isHolding = false;
    for (const { client, upstream } of this.#pairs) {
      if (client.destroyed || upstream.destroyed) {
        client.destroy();
        upstream.destroy();
      }
      client.resume();
      upstream.resume();
    }
  }

  /** Cuts all connections. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  /** Cuts all connections and takes no more until `restore`. */
  partition(): void {
    this.#refuses = true;
    this.cut();
  }

  restore(): void {
    this.#refuses = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.partition();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(client: Socket): void {
    if (this.#refuses) {
      client.destroy();
      return;
    }
    const upstream = connect(this.#targetPort, "127.0.0.1");
    const pair = { client, upstream };
    this.#pairs.add(pair);
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    const closed = (): void => {
      if (client.destroyed && upstream.destroyed) this.#pairs.delete(pair);
      if (!this.#isHolding) cut();
    };
    for (const socket of [client, upstream]) socket.on("error", () => {}).on("close", closed);
    client.on("data", (bytes: Buffer) => upstream.write(bytes));
    upstream.on("data", (bytes: Buffer) => {
      const passed = this.filter(bytes);
      if (passed === "cut") cut();
      else client.write(passed);
    });
    if (this.#isHolding) {
      client.pause();
      upstream.pause();
    }
  }
}
