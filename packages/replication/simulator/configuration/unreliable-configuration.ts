import type {
  ClusterView,
  CompareAndSetResult,
  ConfigurationManager,
  DatabaseState,
  NodeAddress,
  NodeLease,
  Revision,
} from "../../src/configuration/configuration-manager.ts";
import { ConfigurationUnavailableError, ReplicationError } from "../../src/errors.ts";
import type { NodeClock } from "../../src/node-clock.ts";

import type { ManagerCall, ManagerFaults } from "./manager-faults.ts";
import { RegistrationOrder } from "./registration-order.ts";

export interface UnreliableConfigurationOptions {
  /** What does the work. It is not closed with the wrapper, as requests may still be under way to it. */
  readonly manager: ConfigurationManager;
  readonly clock: NodeClock;
  readonly faults: ManagerFaults;
  /** After how long a call without an answer is given up, in milliseconds. */
  readonly timeoutMs: number;
  /** One for all nodes of a cluster, if several registrations of one node id meet. Default: its own. */
  readonly registrations?: RegistrationOrder;
}

/**
 * The way of one node to its configuration manager, on which requests, answers and hints take time and
 * get lost. A request that is under way arrives, whether or not its caller still waits. Deterministic: all
 * is decided by what was given.
 */
export class UnreliableConfiguration implements ConfigurationManager {
  readonly #manager: ConfigurationManager;
  readonly #clock: NodeClock;
  readonly #faults: ManagerFaults;
  readonly #timeoutMs: number;
  readonly #registrations: RegistrationOrder;
  readonly #listeners = new Set<() => void>();
  readonly #stopWatching: () => void;
  #isClosed = false;
  /** While set, nothing comes through in either direction. What is sent then is lost. */
  isDown = false;

  constructor(options: UnreliableConfigurationOptions) {
    this.#manager = options.manager;
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#timeoutMs = options.timeoutMs;
    this.#registrations = options.registrations ?? new RegistrationOrder();
    this.#stopWatching = this.#manager.watch(() => {
      for (const delayMs of this.#faults.hint()) this.#send(delayMs, () => this.hint());
    });
  }

  read(): Promise<ClusterView> {
    return this.#call({ method: "read" }, () => this.#manager.read());
  }

  compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult> {
    return this.#call({ method: "compareAndSet", name }, () =>
      this.#manager.compareAndSet(name, expected, next),
    );
  }

  register(node: NodeAddress, ttlMs: number): Promise<NodeLease> {
    const { nodeId } = node;
    const number = this.#registrations.next();
    return this.#call({ method: "register", nodeId }, async () => {
      if (!this.#registrations.admit(nodeId, number)) {
        throw new ConfigurationUnavailableError("a later registration came first");
      }
      const lease = await this.#manager.register(node, ttlMs);
      return {
        renew: () => this.#call({ method: "renew", nodeId }, () => lease.renew()),
        release: () => this.#call({ method: "release", nodeId }, () => lease.release()),
      };
    });
  }

  watch(listener: () => void): () => void {
    const call = (): void => listener();
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  /** Hints to the node at once, whether or not something has changed. */
  hint(): void {
    if (this.isDown) return;
    for (const listener of this.#listeners) listener();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#listeners.clear();
  }

  #call<Result>(call: ManagerCall, apply: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) {
      return Promise.reject(new ConfigurationUnavailableError("this connection is closed"));
    }
    const { requestMs, replyMs } = this.#faults.call(call);
    return new Promise((resolve, reject) => {
      let isWaiting = true;
      const timer = this.#clock.after(this.#timeoutMs, () => {
        isWaiting = false;
        const message = `no answer to ${call.method} in ${this.#timeoutMs} ms`;
        reject(new ConfigurationUnavailableError(message));
      });
      const settle = (how: () => void): void => {
        timer.cancel();
        how();
      };
      const arrive = async (): Promise<void> => {
        try {
          const result = await apply();
          this.#send(replyMs, () => settle(() => resolve(result)));
        } catch (error) {
          if (error instanceof ReplicationError) {
            this.#send(replyMs, () => settle(() => reject(error)));
          } else if (isWaiting) {
            settle(() => reject(error));
          } else {
            // A bug of a caller comes to light, also where nobody waits for the answer.
            throw error;
          }
        }
      };
      this.#send(requestMs, () => void arrive());
    });
  }

  /** Delivers something after `delayMs`: at once if that is 0, and never while nothing comes through. */
  #send(delayMs: number, deliver: () => void): void {
    if (this.isDown || delayMs === Infinity) return;
    if (delayMs === 0) {
      deliver();
      return;
    }
    this.#clock.after(delayMs, () => {
      if (!this.isDown) deliver();
    });
  }
}
