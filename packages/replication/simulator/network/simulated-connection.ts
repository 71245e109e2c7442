import type { Death, SimulatedProcess } from "../time/simulated-process.ts";
import type { SimulatedTime } from "../time/simulated-time.ts";

import { Lane } from "./lane.ts";
import { ConnectionError, type Listener, type WireAnswer, type WireRequest } from "./wire.ts";

/** The way that a connection takes, as it is now. */
export interface Route {
  readonly time: SimulatedTime;
  /** One way, for what is sent now. */
  delayMs(): number;
  isBlocked(direction: "there" | "back"): boolean;
  /** Whether what is sent now is lost, and the connection with it. */
  loses(what: "request" | "answer"): boolean;
  /** Whether the machine at the other end has no power, so that it does not even refuse. */
  isSilent(): boolean;
  /** After how long an end notices that the other machine has gone without a word. */
  silenceMs(): number;
}

export interface ConnectionOptions {
  readonly route: Route;
  readonly client: SimulatedProcess;
  /** Undefined: nobody listens there. */
  readonly server: Listener | undefined;
  /** Called once, when the client learns that the connection is over, or has died. */
  readonly onClosed: () => void;
}

interface Call {
  readonly resolve: (answer: WireAnswer) => void;
  readonly reject: (error: ConnectionError) => void;
}

/**
 * One connection with one call at a time, as with HTTP/1.1. Its ends learn of each other's fate only by
 * what comes through: one may believe in it long after the other has given it up.
 */
export class SimulatedConnection {
  readonly #options: ConnectionOptions;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  /** Aborted when the server's end learns that the connection is over. */
  readonly #serverEnd = new AbortController();
  readonly #stopListening: (() => void)[] = [];
  #isEstablished = false;
  #isClientOpen = true;
  #call: Call | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { client, server, route } = options;
    const { time } = route;
    const isBlockedThere = (): boolean =>
      route.isBlocked("there") || (!this.#isEstablished && route.isBlocked("back"));
    this.#toServer = new Lane({ time, isBlocked: isBlockedThere });
    this.#toClient = new Lane({ time, isBlocked: () => route.isBlocked("back") });
    this.#stopListening.push(client.onDeath((death) => this.#clientDied(death)));
    if (server === undefined) return;
    this.#stopListening.push(server.owner.onDeath((death) => this.#serverDied(death)));
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  get isIdle(): boolean {
    return this.#call === undefined;
  }

  /** Sends a request and waits for the answer. Rejects with ConnectionError when the connection is over. */
  exchange(request: WireRequest): Promise<WireAnswer> {
    const { route } = this.#options;
    return new Promise((resolve, reject) => {
      this.#call = { resolve, reject };
      if (route.loses("request")) {
        this.cut();
        return;
      }
      const greetingMs = this.#isEstablished ? 0 : route.delayMs() + route.delayMs();
      this.#toServer.send(greetingMs + route.delayMs(), () => this.#requestArrived(request));
    });
  }

  /** The client gives it up; the server hears of it after all that was sent before. */
  closeByClient(reason: string): void {
    if (!this.#isClientOpen) return;
    this.#clientEnds(reason, this.#isEstablished);
    this.#toServer.send(this.#options.route.delayMs(), () => this.#deliverEndToServer());
  }

  /** The server gives it up, as when it stops to listen. */
  closeByServer(): void {
    this.#serverEnd.abort();
    this.#sendEndToClient("the connection was closed by the other end");
  }

  /** It breaks under way: each end hears of it by itself. */
  cut(): void {
    const { route } = this.#options;
    route.time.after(route.delayMs(), () => this.#deliverEndToServer());
    route.time.after(route.delayMs(), () =>
      this.#deliverEndToClient("the connection was reset", true),
    );
  }

  #requestArrived(request: WireRequest): void {
    const { route, server } = this.#options;
    // What is sent follows only once both ends have greeted each other.
    if (!this.#isEstablished && !this.#isClientOpen) return;
    if (server === undefined || !server.owner.isAlive || this.#serverEnd.signal.aborted) {
      if (!route.isSilent()) this.#sendEndToClient("the connection was refused", false);
      return;
    }
    this.#isEstablished = true;
    const { owner, respond } = server;
    owner.deliver("input", () => {
      void respond(request, this.#serverEnd.signal).then((answer) => this.#sendAnswer(answer));
    });
  }

  #sendAnswer(answer: WireAnswer): void {
    const { route, client } = this.#options;
    if (this.#serverEnd.signal.aborted) return;
    if (route.loses("answer")) {
      this.cut();
      return;
    }
    this.#toClient.send(route.delayMs(), () => {
      client.deliver("input", () => {
        const call = this.#call;
        this.#call = undefined;
        call?.resolve(answer);
      });
    });
  }

  #clientDied(death: Death): void {
    const { route } = this.#options;
    this.#forget();
    const end = (): void => this.#deliverEndToServer();
    if (death === "killed") this.#toServer.send(route.delayMs(), end);
    else route.time.after(route.silenceMs(), end);
  }

  #serverDied(death: Death): void {
    if (death === "killed") this.#sendEndToClient("the connection was closed by the other end");
  }

  #sendEndToClient(reason: string, mayBeDone = true): void {
    this.#toClient.send(this.#options.route.delayMs(), () =>
      this.#deliverEndToClient(reason, mayBeDone),
    );
  }

  #deliverEndToClient(reason: string, mayBeDone: boolean): void {
    this.#options.client.deliver("input", () => {
      if (this.#isClientOpen) this.#clientEnds(reason, mayBeDone);
    });
  }

  #deliverEndToServer(): void {
    this.#options.server?.owner.deliver("input", () => this.#serverEnd.abort());
  }

  #clientEnds(reason: string, mayBeDone: boolean): void {
    const call = this.#call;
    this.#forget();
    call?.reject(new ConnectionError(reason, mayBeDone));
  }

  /** The client's end is no more. */
  #forget(): void {
    this.#isClientOpen = false;
    this.#call = undefined;
    for (const stop of this.#stopListening.splice(0)) stop();
    this.#options.onClosed();
  }
}
