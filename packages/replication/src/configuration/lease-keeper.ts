import { LeaseLostError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";

import type { ConfigurationManager, NodeAddress, NodeLease } from "./configuration-manager.ts";
import { leaseTerms, type LeaseTerms } from "./lease-terms.ts";
import { OutageLog } from "./outage-log.ts";

export interface LeaseKeeperOptions {
  readonly manager: ConfigurationManager;
  /** The node that is to be known. */
  readonly node: NodeAddress;
  /** How long others wait for a node that is silent, in milliseconds. */
  readonly ttlMs: number;
  readonly clock: NodeClock;
  readonly log: NodeLog;
  /** Called when `validUntilMs` has changed, and when it has passed. */
  readonly onChange?: () => void;
}

/** A time on both clocks. */
interface Moment {
  readonly ms: number;
  readonly wallMs: number;
}

const momentOf = (clock: NodeClock): Moment => ({ ms: clock.monotonicMs(), wallMs: clock.now() });

/**
 * Keeps a node known to the configuration manager, and says until when it surely is. That counts from
 * before a call was sent, never from its answer, so that neither a slow answer nor a pause of the process
 * makes the node believe in a lease that has ended: whoever asks `isValid` with the time of now is told
 * the truth, also when timers are late. The monotonic clock does not count the time for which the machine
 * is suspended, and the wall clock may be set back: the lease has ended by whichever says so first.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #terms: LeaseTerms;
  readonly #outage: OutageLog;
  /** The lease that is renewed. Undefined: the node has to be registered. */
  #lease: NodeLease | undefined;
  #validUntilMs = -Infinity;
  /** The same, on the wall clock. */
  #validUntilWallMs = -Infinity;
  #heldSinceMs = Infinity;
  /** The last one. Nothing else is due while it is under way: it is known which of them is the last. */
  #registration: Promise<void> = Promise.resolve();
  /** When the next call is due, and the timer for it. */
  #next: { readonly dueMs: number; cancel(): void } | undefined;
  #expiry: { cancel(): void } | undefined;
  #isClosed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#terms = leaseTerms(options.ttlMs);
    this.#outage = new OutageLog(
      options.log,
      "cannot keep the lease of this node: trying again",
      "the lease of this node is kept again",
    );
  }

  /** Registers the node, and keeps it registered from then on. Called once. */
  start(): void {
    this.#call();
  }

  /**
   * Until when the node is known to others for certain, on the monotonic clock. In the past, if it is
   * not; -Infinity, if there is no lease.
   */
  get validUntilMs(): number {
    return this.#validUntilMs;
  }

  /**
   * Since when the node has been known to others without a break, on the monotonic clock. Where the lease
   * had ended, others may have taken over what the node did before.
   */
  get heldSinceMs(): number {
    return this.#heldSinceMs;
  }

  /** Whether the node is known to others for certain at `nowMs`, on the monotonic clock. */
  isValid(nowMs: number): boolean {
    return nowMs < this.#validUntilMs && this.#options.clock.now() < this.#validUntilWallMs;
  }

  /** Claims nothing any more, and lets others know that the node goes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#next?.cancel();
    this.#disclaim();
    await this.#registration;
    const lease = this.#lease;
    this.#lease = undefined;
    try {
      await lease?.release();
    } catch (error) {
      this.#options.log.warn({ err: error }, "the lease of this node is left to end by itself");
    }
  }

  #call(): void {
    this.#next = undefined;
    if (this.#lease === undefined) this.#registration = this.#register();
    else void this.#renew(this.#lease);
  }

  async #register(): Promise<void> {
    const { manager, node, ttlMs, clock, log } = this.#options;
    const sent = momentOf(clock);
    try {
      this.#lease = await manager.register(node, ttlMs);
      // `close` waits for this and releases the lease.
      if (this.#isClosed) return;
      this.#outage.worked();
      log.info({ nodeId: node.nodeId, ttlMs }, "this node is registered with the cluster");
      this.#granted(sent);
      this.#callBy(sent.ms + this.#terms.renewEveryMs);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #renew(lease: NodeLease): Promise<void> {
    const sent = momentOf(this.#options.clock);
    // The next one goes out in time even if this one is not answered.
    this.#callBy(sent.ms + this.#terms.renewEveryMs);
    try {
      await lease.renew();
      if (this.#lease !== lease || this.#isClosed) return;
      this.#outage.worked();
      this.#granted(sent);
    } catch (error) {
      if (this.#lease !== lease || this.#isClosed) return;
      if (error instanceof LeaseLostError) this.#lost(error);
      else this.#failed(error);
    }
  }

  #granted(sent: Moment): void {
    const { claimMs } = this.#terms;
    if (sent.ms >= this.#validUntilMs || sent.wallMs >= this.#validUntilWallMs) {
      this.#heldSinceMs = sent.ms;
    }
    // Answers may come in another order than calls were sent.
    if (sent.ms + claimMs > this.#validUntilMs) {
      this.#claimUntil(sent.ms + claimMs, sent.wallMs + claimMs);
    }
  }

  #disclaim(): void {
    this.#claimUntil(-Infinity, -Infinity);
  }

  #lost(error: LeaseLostError): void {
    this.#options.log.warn({ err: error }, "the lease of this node was lost: registering again");
    this.#lease = undefined;
    this.#disclaim();
    this.#callBy(this.#options.clock.monotonicMs());
  }

  /** Where it is not known what came of a call, what was known before it holds on. */
  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#outage.failed(error);
    this.#callBy(this.#options.clock.monotonicMs() + this.#terms.retryPauseMs);
  }

  /** Calls the manager at `dueMs`, unless it is called before that anyway. */
  #callBy(dueMs: number): void {
    if (this.#next !== undefined && this.#next.dueMs <= dueMs) return;
    this.#next?.cancel();
    const { clock } = this.#options;
    const delayMs = Math.max(0, dueMs - clock.monotonicMs());
    const timer = clock.after(delayMs, () => this.#call());
    this.#next = { dueMs, cancel: () => timer.cancel() };
  }

  #claimUntil(validUntilMs: number, validUntilWallMs: number): void {
    if (validUntilMs === this.#validUntilMs) return;
    this.#validUntilMs = validUntilMs;
    this.#validUntilWallMs = validUntilWallMs;
    this.#expiry?.cancel();
    this.#expiry = undefined;
    this.#awaitExpiry();
    this.#options.onChange?.();
  }

  #awaitExpiry(): void {
    const { clock, log, onChange } = this.#options;
    const leftMs = this.#validUntilMs - clock.monotonicMs();
    if (leftMs <= 0) return;
    this.#expiry = clock.after(leftMs, () => {
      if (this.isValid(clock.monotonicMs())) {
        // Timers of the machine are rounded, and may come a little early.
        this.#awaitExpiry();
        return;
      }
      log.warn({}, "the lease of this node was not renewed in time");
      onChange?.();
    });
  }
}
