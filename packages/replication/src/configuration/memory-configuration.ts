import { ConfigurationUnavailableError, LeaseLostError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";

import {
  revision,
  type ClusterView,
  type CompareAndSetResult,
  type ConfigurationManager,
  type DatabaseState,
  type NodeAddress,
  type NodeLease,
  type Revision,
  type VersionedState,
} from "./configuration-manager.ts";
import { transitionProblem } from "./database-state.ts";

/** A node that is there. Replaced as a whole when it is renewed or registered again. */
interface Registration {
  readonly address: NodeAddress;
  readonly ttlMs: number;
  endsMs: number;
  timer: { cancel(): void };
}

/**
 * A configuration manager that lives and ends with this process: for the nodes of one process, for tests
 * and for simulation. It asserts that states follow each other as DatabaseState says.
 */
export class MemoryConfiguration {
  readonly #id: string;
  readonly #clock: NodeClock;
  readonly #creator: string | undefined;
  readonly #databases = new Map<string, VersionedState>();
  readonly #registrations = new Map<string, Registration>();
  readonly #listeners = new Set<() => void>();
  #revision = revision(0);
  /** What `view` says, until something changes. */
  #view: ClusterView | undefined;

  /** @param creator see ClusterView */
  constructor(id: string, clock: NodeClock, creator?: string) {
    this.#id = id;
    this.#clock = clock;
    this.#creator = creator;
  }

  /** What one node has of it. */
  connect(): ConfigurationManager {
    return new MemoryConnection(this);
  }

  /** All there is now. */
  view(): ClusterView {
    this.#endLeases();
    this.#view ??= {
      id: this.#id,
      creator: this.#creator,
      revision: this.#revision,
      databases: new Map(this.#databases),
      nodes: new Map([...this.#registrations].map(([id, { address }]) => [id, address])),
    };
    return this.#view;
  }

  compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): CompareAndSetResult {
    this.#endLeases();
    const current = this.#databases.get(name);
    if (current?.revision !== expected) return { applied: false, current };
    if (next === undefined) {
      if (current === undefined) {
        throw new Error(`assertion failed: database "${name}" is not there, and is removed`);
      }
      this.#changed();
      this.#databases.delete(name);
    } else {
      const problem = transitionProblem(current?.state, next);
      if (problem !== undefined) {
        throw new Error(`assertion failed: state of database "${name}": ${problem}`);
      }
      this.#changed();
      this.#databases.set(name, { state: structuredClone(next), revision: this.#revision });
    }
    return { applied: true, revision: this.#revision };
  }

  register(node: NodeAddress, ttlMs: number): Registration {
    this.#endLeases();
    this.#registrations.get(node.nodeId)?.timer.cancel();
    const registration = { address: { ...node }, ttlMs, ...this.#term(ttlMs) };
    this.#registrations.set(node.nodeId, registration);
    this.#changed();
    return registration;
  }

  renew(registration: Registration): void {
    this.#endLeases();
    const { nodeId } = registration.address;
    if (this.#registrations.get(nodeId) !== registration) throw new LeaseLostError(nodeId);
    registration.timer.cancel();
    Object.assign(registration, this.#term(registration.ttlMs));
  }

  release(registration: Registration): void {
    this.#endLeases();
    if (this.#registrations.get(registration.address.nodeId) === registration) {
      this.#end(registration);
    }
  }

  /** Calls back after each change, not within it. Returns how to stop that. */
  watch(listener: () => void): () => void {
    // A function of its own for each call: the same listener may be given twice.
    const call = (): void => listener();
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  #term(ttlMs: number): Pick<Registration, "endsMs" | "timer"> {
    return {
      endsMs: this.#clock.monotonicMs() + ttlMs,
      timer: this.#clock.after(ttlMs, () => this.#endLeases()),
    };
  }

  /** Ends the leases whose time has come, whether or not their timers have called back. */
  #endLeases(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const registration of this.#registrations.values()) {
      if (registration.endsMs <= nowMs) this.#end(registration);
    }
  }

  #end(registration: Registration): void {
    registration.timer.cancel();
    this.#registrations.delete(registration.address.nodeId);
    this.#changed();
  }

  #changed(): void {
    this.#revision = revision(this.#revision + 1);
    this.#view = undefined;
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener();
    });
  }
}

/** What is the same for all nodes, as one of them sees it: until it closes. */
class MemoryConnection implements ConfigurationManager {
  readonly #configuration: MemoryConfiguration;
  readonly #stopWatching = new Set<() => void>();
  #isClosed = false;

  constructor(configuration: MemoryConfiguration) {
    this.#configuration = configuration;
  }

  async read(): Promise<ClusterView> {
    this.#checkOpen();
    return this.#configuration.view();
  }

  async compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult> {
    this.#checkOpen();
    return this.#configuration.compareAndSet(name, expected, next);
  }

  async register(node: NodeAddress, ttlMs: number): Promise<NodeLease> {
    this.#checkOpen();
    const registration = this.#configuration.register(node, ttlMs);
    return {
      renew: async () => {
        this.#checkOpen();
        this.#configuration.renew(registration);
      },
      release: async () => {
        this.#checkOpen();
        this.#configuration.release(registration);
      },
    };
  }

  watch(listener: () => void): () => void {
    this.#checkOpen();
    const stop = this.#configuration.watch(listener);
    this.#stopWatching.add(stop);
    return () => {
      stop();
      this.#stopWatching.delete(stop);
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stopWatching) stop();
    this.#stopWatching.clear();
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new ConfigurationUnavailableError("this connection to the configuration is closed");
    }
  }
}
