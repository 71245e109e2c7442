import {
  AbortError,
  ConflictError,
  NotWritableError,
  type Clock,
  type Collection,
  type LogOffset,
  type Store,
} from "@boxerdb/engine";

import {
  ConfigurationUnavailableError,
  NoLeaderError,
  NotEnoughReplicasError,
  NotLeaderError,
} from "../../src/errors.ts";
import type {
  AnsweringCopy,
  ClientAnswer,
  ClientRead,
  ClientRequest,
  ClientWrite,
} from "../load/client-protocol.ts";
import { isGroup, KeyGroup, TornGroupError } from "../load/key-groups.ts";

import type { RunningNode } from "./cluster-program.ts";

/** Of each database, the one collection that clients use. */
const collectionName = "documents";

/** After so long a read gives up that waits for an offset. */
const offsetTimeoutMs = 5_000;

export const documentsOf = (store: Store, database: string): Collection<string> =>
  store.database(database).collection<string>(collectionName);

export const publicUrlOf = (host: string): string => `http://${host}`;

export interface ClientServiceOptions {
  readonly running: RunningNode;
  readonly clock: Clock;
  /** What the log is called that a database has now, if it has one. */
  readonly nameOfCopy: (database: string) => string;
  /** Told of what must never happen. */
  readonly onViolation: (error: Error) => void;
}

/** Answers clients as the HTTP server does. */
export class ClientService {
  readonly #options: ClientServiceOptions;

  constructor(options: ClientServiceOptions) {
    this.#options = options;
  }

  async answer(request: ClientRequest): Promise<ClientAnswer> {
    try {
      return request.kind === "get" ? await this.#read(request) : await this.#write(request);
    } catch (error) {
      if (error instanceof TornGroupError) this.#options.onViolation(error);
      return errorAnswer(error, request);
    }
  }

  async #read({ database, key, consistency, minimumOffset }: ClientRead): Promise<ClientAnswer> {
    const { store, node } = this.#options.running;
    if (consistency !== "local") await node.confirmRead(database, consistency);
    if (minimumOffset !== undefined) await this.#reached(database, minimumOffset);
    store.database(database).assertWhole();
    const entry = isGroup(key)
      ? this.#groupOf(database, key).entry()
      : documentsOf(store, database).getEntry(key);
    const copy = this.#copyOf(database);
    if (entry === undefined) return { kind: "absent", copy };
    return { kind: "found", value: entry.value, offset: entry.offset, copy };
  }

  async #write(request: ClientWrite): Promise<ClientAnswer> {
    const { node } = this.#options.running;
    const { database } = request;
    node.assertWritable(database);
    const offset = await node.committed(
      isGroup(request.key) ? this.#writeGroup(request) : this.#writeKey(request),
      database,
    );
    return offset === undefined ? { kind: "absent" } : { kind: "written", offset };
  }

  #writeKey(request: ClientWrite): Promise<LogOffset | undefined> {
    const documents = documentsOf(this.#options.running.store, request.database);
    const terms = termsOf(request);
    return request.kind === "put"
      ? documents.put(request.key, request.value, terms)
      : documents.delete(request.key, terms);
  }

  #writeGroup(request: ClientWrite): Promise<LogOffset> {
    const group = this.#groupOf(request.database, request.key);
    return request.kind === "put" ? group.put(request.value, request) : group.delete(request);
  }

  #groupOf(database: string, key: string): KeyGroup {
    return new KeyGroup(this.#options.running.store.database(database), collectionName, key);
  }

  /** Resolves when a record is applied here. Rejects with AbortError where it does not come in time. */
  async #reached(database: string, offset: LogOffset): Promise<void> {
    const { running, clock } = this.#options;
    const given = new AbortController();
    const timer = clock.after(offsetTimeoutMs, () => given.abort());
    try {
      await running.store.database(database).applied(offset, given.signal);
    } finally {
      timer.cancel();
    }
  }

  #copyOf(database: string): AnsweringCopy {
    const { running, nameOfCopy } = this.#options;
    const highWatermark = running.store.database(database).open?.highWatermark ?? 0;
    const appliedOffset = highWatermark === 0 ? null : ((highWatermark - 1) as LogOffset);
    return { name: nameOfCopy(database), appliedOffset };
  }
}

const termsOf = ({ ifOffset, idempotencyKey }: ClientWrite) => ({
  ...(ifOffset !== undefined && { ifOffset }),
  ...(idempotencyKey !== undefined && { idempotencyKey }),
});

function errorAnswer(error: unknown, { kind }: ClientRequest): ClientAnswer {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (error instanceof NotLeaderError) {
    const leader = error.leaderUrl === undefined ? undefined : new URL(error.leaderUrl).hostname;
    return { kind: "refused", code, ...(leader !== undefined && { leader }) };
  }
  if (error instanceof ConflictError) return { kind: "conflict" };
  const isCertain =
    error instanceof NoLeaderError ||
    error instanceof NotEnoughReplicasError ||
    error instanceof NotWritableError ||
    error instanceof ConfigurationUnavailableError ||
    error instanceof AbortError;
  return kind === "get" || isCertain ? { kind: "refused", code } : { kind: "unknown", code };
}
