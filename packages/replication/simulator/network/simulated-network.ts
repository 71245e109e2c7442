import type { Clock } from "@boxerdb/engine";

import type { Randomness } from "../randomness.ts";
import type { SimulatedProcess } from "../time/simulated-process.ts";
import type { SimulatedTime } from "../time/simulated-time.ts";
import type { Transcript } from "../transcript.ts";

import { NetworkClient } from "./network-client.ts";
import { SimulatedConnection, type Route } from "./simulated-connection.ts";
import type { Listener, Responder } from "./wire.ts";

/** How the network is, beyond what is cut. */
export interface NetworkConditions {
  /** How many times longer than usual everything is under way. */
  readonly delayFactor: number;
  /** The share of requests that are lost under way, and their connections with them. */
  readonly requestLossRate: number;
  /** The same of answers: then what was asked for was done. */
  readonly answerLossRate: number;
}

export const calmNetwork: NetworkConditions = {
  delayFactor: 1,
  requestLossRate: 0,
  answerLossRate: 0,
};

/** One way, for most of what is sent. */
const usualDelayMs = [0.05, 1] as const;
/** How often something is under way for much longer, so that what was sent later overtakes it. */
const strayRate = 0.01;
const strayFactor = [10, 300] as const;
const silenceMs = [5_000, 30_000] as const;

/** A place where somebody listens: the name of a machine and of a port on it. */
export interface Address {
  readonly host: string;
  readonly port: string;
}

const addressKey = ({ host, port }: Address): string => `${host}:${port}`;
const directionKey = (from: string, to: string): string => `${from}>${to}`;

/** The network between machines that are known by name. */
export class SimulatedNetwork {
  readonly #time: SimulatedTime;
  readonly #randomness: Randomness;
  readonly #transcript: Transcript;
  readonly #listeners = new Map<string, Listener>();
  /** How many faults block a direction; those that none blocks are not there. */
  readonly #blocks = new Map<string, number>();
  readonly #silentHosts = new Set<string>();
  readonly #connections = new Map<
    SimulatedConnection,
    readonly [client: string, server: Address]
  >();
  conditions: NetworkConditions = calmNetwork;

  constructor(time: SimulatedTime, randomness: Randomness, transcript: Transcript) {
    this.#time = time;
    this.#randomness = randomness;
    this.#transcript = transcript;
  }

  /**
   * Has a process answer at an address, until it ends or calls what is returned. The machine is on from
   * then on, until its process dies by loss of power.
   */
  listen(address: Address, owner: SimulatedProcess, respond: Responder): () => void {
    const key = addressKey(address);
    if (this.#listeners.has(key)) throw new Error(`assertion failed: ${key} is in use`);
    const listener = { owner, respond };
    this.#listeners.set(key, listener);
    this.#silentHosts.delete(address.host);
    const stopListening = owner.onDeath((death) => {
      this.#listeners.delete(key);
      if (death === "power lost") this.#silentHosts.add(address.host);
    });
    return () => {
      if (this.#listeners.get(key) !== listener) return;
      stopListening();
      this.#listeners.delete(key);
      for (const [connection, [, server]] of this.#connections) {
        if (addressKey(server) === key) connection.closeByServer();
      }
    };
  }

  /** The way from a machine to an address. `clock` is that of the process there, for its timeouts. */
  client(host: string, owner: SimulatedProcess, clock: Clock, to: Address): NetworkClient {
    return new NetworkClient({
      clock,
      connect: (onClosed) => this.#connect(host, owner, to, onClosed),
    });
  }

  /** Lets nothing through from one machine to another until what is returned is called. */
  block(from: string, to: string): () => void {
    const key = directionKey(from, to);
    const count = (by: number): void => {
      const blocks = (this.#blocks.get(key) ?? 0) + by;
      if (blocks === 0) this.#blocks.delete(key);
      else this.#blocks.set(key, blocks);
    };
    count(1);
    let isBlocked = true;
    return () => {
      if (isBlocked) count(-1);
      isBlocked = false;
    };
  }

  isBlocked(from: string, to: string): boolean {
    return this.#blocks.has(directionKey(from, to));
  }

  /** Breaks all connections from and to a machine. New ones can be made at once. */
  cutConnections(host: string): void {
    for (const [connection, [client, server]] of this.#connections) {
      if (client !== host && server.host !== host) continue;
      this.#connections.delete(connection);
      connection.cut();
    }
  }

  #connect(
    host: string,
    client: SimulatedProcess,
    to: Address,
    onClosed: () => void,
  ): SimulatedConnection {
    const connection: SimulatedConnection = new SimulatedConnection({
      route: this.#route(host, to),
      client,
      server: this.#listeners.get(addressKey(to)),
      onClosed: () => {
        this.#connections.delete(connection);
        onClosed();
      },
    });
    this.#connections.set(connection, [host, to]);
    return connection;
  }

  #route(from: string, to: Address): Route {
    const there = directionKey(from, to.host);
    const back = directionKey(to.host, from);
    return {
      time: this.#time,
      delayMs: () => this.#delayMs(),
      isBlocked: (direction) => this.#blocks.has(direction === "there" ? there : back),
      loses: (what) => this.#loses(what, from, to),
      isSilent: () => this.#silentHosts.has(to.host),
      silenceMs: () => this.#randomness.real(...silenceMs),
    };
  }

  #delayMs(): number {
    const delayMs = this.#randomness.magnitude(...usualDelayMs) * this.conditions.delayFactor;
    return this.#randomness.chance(strayRate)
      ? delayMs * this.#randomness.magnitude(...strayFactor)
      : delayMs;
  }

  #loses(what: "request" | "answer", from: string, to: Address): boolean {
    const { requestLossRate, answerLossRate } = this.conditions;
    const rate = what === "request" ? requestLossRate : answerLossRate;
    if (rate === 0 || !this.#randomness.chance(rate)) return false;
    const path = what === "request" ? `${from} to ${to.host}` : `${to.host} to ${from}`;
    this.#transcript.note("network", `lost: ${what} from ${path}`);
    return true;
  }
}
