import { logOffset, type LogOffset } from "@boxerdb/engine";

import { committedWritesOf } from "../history/committed-writes.ts";
import { History, type Complete } from "../history/history.ts";
import { checkLinearizability } from "../history/linearizability.ts";
import type { DeleteOutcome, GetOutcome, PutOutcome } from "../history/operation.ts";
import { checkStaleReads, type StaleRead } from "../history/stale-reads.ts";
import type { LocalReadOutcome, OperationRecorder } from "../load/operation-recorder.ts";
import { InvariantError } from "../simulation.ts";

/** What clients saw of one database. */
class DatabaseHistory {
  readonly operations = new History();
  readonly localReads: StaleRead[] = [];
}

/** What clients saw of the databases of a cluster. */
export class ClusterHistory implements OperationRecorder {
  readonly #databases = new Map<string, DatabaseHistory>();
  readonly #ignored: ReadonlySet<string>;
  readonly #committedOffset: (database: string) => LogOffset;

  /**
   * @param ignored databases that are dropped, of which nothing can be said by their names
   * @param committedOffset of a database: all below has been committed by now
   */
  constructor(ignored: readonly string[], committedOffset: (database: string) => LogOffset) {
    this.#ignored = new Set(ignored);
    this.#committedOffset = committedOffset;
  }

  get(client: string, key: string, database: string): Complete<GetOutcome> {
    return this.#of(database).operations.get(client, key);
  }

  put(
    client: string,
    key: string,
    value: string,
    ifOffset: LogOffset | null | undefined,
    database: string,
  ): Complete<PutOutcome> {
    return this.#of(database).operations.put(client, key, value, ifOffset);
  }

  delete(
    client: string,
    key: string,
    ifOffset: LogOffset | null | undefined,
    database: string,
  ): Complete<DeleteOutcome> {
    return this.#of(database).operations.delete(client, key, ifOffset);
  }

  localRead(
    client: string,
    key: string,
    minOffset: LogOffset | undefined,
    database: string,
  ): Complete<LocalReadOutcome> {
    const { operations, localReads } = this.#of(database);
    const invokedAt = operations.nextEvent();
    return (outcome) => {
      if (outcome.type !== "ok") return;
      const { entry, copy } = outcome;
      const committedOffset = this.#committedOffset(database);
      localReads.push({
        client,
        node: copy.name,
        key,
        invokedAt,
        completedAt: operations.nextEvent(),
        minOffset,
        entry,
        appliedOffset: copy.appliedOffset ?? undefined,
        // Of the moment in which the answer comes: what was committed at the time is asserted elsewhere.
        committedOffset: committedOffset === 0 ? undefined : logOffset(committedOffset - 1),
      });
    };
  }

  /** Throws InvariantError where what clients saw cannot be. */
  check(): void {
    for (const [name, { operations, localReads }] of this.#databases) {
      if (this.#ignored.has(name)) continue;
      const order = checkLinearizability(operations.operations);
      if (!order.isLinearizable) {
        throw new InvariantError(`database ${name}, not linearizable:\n${order.lines.join("\n")}`);
      }
      const committed = committedWritesOf(operations.operations, localReads);
      const reads = checkStaleReads(localReads, committed);
      if (!reads.isConsistent) {
        throw new InvariantError(`database ${name}, a local read:\n${reads.lines.join("\n")}`);
      }
    }
  }

  #of(database: string): DatabaseHistory {
    let history = this.#databases.get(database);
    if (history === undefined) {
      history = new DatabaseHistory();
      this.#databases.set(database, history);
    }
    return history;
  }
}
