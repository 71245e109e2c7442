import { replicaKey, type ReplicaId } from "../replica-id.ts";

/**
 * Notices when the connection of a replica's last pull is closed. Under load a follower is mostly between
 * two pulls, appending what it got, so it is not enough to look while one waits.
 */
export class ConnectionWatch {
  readonly #closing: AbortSignal;
  readonly #onLost: (replica: ReplicaId) => void;
  /** The number of the last pull that came by each open connection. */
  readonly #lastPulls = new WeakMap<AbortSignal, Map<string, number>>();
  /** The number of the last pull of each replica, by its key. */
  readonly #newestPulls = new Map<string, number>();

  /** Watches until `closing` is aborted. */
  constructor(closing: AbortSignal, onLost: (replica: ReplicaId) => void) {
    this.#closing = closing;
    this.#onLost = onLost;
  }

  /** A pull has come. `connection` is aborted when the connection by which it came is closed. */
  watch(connection: AbortSignal, replica: ReplicaId): void {
    const key = replicaKey(replica);
    const number = (this.#newestPulls.get(key) ?? 0) + 1;
    this.#newestPulls.set(key, number);
    const known = this.#lastPulls.get(connection);
    const isWatched = known?.has(key) === true;
    if (known !== undefined) known.set(key, number);
    else this.#lastPulls.set(connection, new Map([[key, number]]));
    const lost = (): void => {
      // It may have come again since, by another connection.
      if (this.#lastPulls.get(connection)?.get(key) !== this.#newestPulls.get(key)) return;
      this.#onLost(replica);
    };
    if (connection.aborted) lost();
    else if (!isWatched) {
      connection.addEventListener("abort", lost, { once: true, signal: this.#closing });
    }
  }
}
