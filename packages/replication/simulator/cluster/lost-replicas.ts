import { replicaKey, type ReplicaId } from "../../src/replica-id.ts";

/** The replicas from which faults have taken what they had, or a part of it. */
export class LostReplicas {
  readonly #keys = new Set<string>();
  /** Of data directories of which all is lost. */
  readonly #storeIds = new Set<string>();

  /** All databases of a data directory are lost. `storeId`: its UUID. */
  loseStore(storeId: string): void {
    this.#storeIds.add(storeId);
  }

  lose(replica: ReplicaId): void {
    this.#keys.add(replicaKey(replica));
  }

  /** It has again all that it had. */
  giveBack(replica: ReplicaId): void {
    this.#keys.delete(replicaKey(replica));
  }

  has(replica: ReplicaId): boolean {
    const [storeId = ""] = replica.directoryId.split("/");
    return this.#storeIds.has(storeId) || this.#keys.has(replicaKey(replica));
  }
}
