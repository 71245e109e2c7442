import {
  checkKey,
  checkName,
  type JsonValue,
  type Storable,
  type WorkOptions,
} from "@boxerdb/engine";

import {
  batchAnswer,
  changeAnswer,
  countAnswer,
  databaseAnswer,
  importAnswer,
  importProgressAnswer,
  listAnswer,
  statusAnswer,
  valueAnswer,
  type DatabaseAnswer,
  type ImportAnswer,
  type ImportProgressAnswer,
  type ListAnswer,
  type NodeStatus,
  type ToldChange,
} from "./answers.ts";
import { ClusterConnection } from "./cluster-connection.ts";
import {
  readAnswer,
  readLines,
  type Answer,
  type ConnectionOptions,
  type Question,
  type Streamed,
} from "./connection.ts";
import { ServerError, UnexpectedAnswerError } from "./errors.ts";
import { asLines, longWorkResult, type LongWorkAnswer } from "./long-work.ts";
import {
  compactAnswer,
  verifyAnswer,
  type CompactProgress,
  type CompactResult,
  type LiveVerification,
} from "./maintenance-answers.ts";
import type {
  ChangesQuery,
  ContentHashQuery,
  ExportQuery,
  ImportPart,
  KeyRange,
  OffsetCondition,
  PageQuery,
  Place,
  PutCondition,
  PutOperation,
  PutWish,
} from "./wishes.ts";

const requestTimeoutMs = 30_000;

/**
 * Talks to one server, or to whichever of a cluster's servers does it, over kept connections. Rejects with ServerError where the server says no,
 * UnreachableError where no answer comes, UnexpectedAnswerError where something else answers, and
 * CommandError for a bad key or name, before it asks.
 */
export class Client implements AsyncDisposable {
  readonly #connection: ClusterConnection;

  /** @param servers the URL of the server, or those of a cluster's servers; the first is asked first */
  constructor(servers: URL | readonly [URL, ...URL[]], options: Partial<ConnectionOptions> = {}) {
    const urls = servers instanceof URL ? ([servers] as const) : servers;
    this.#connection = new ClusterConnection(urls, { timeoutMs: requestTimeoutMs, ...options });
  }

  /** Where the server is that was asked last, as it was given. */
  get url(): string {
    return this.#connection.url;
  }

  async get(place: Place, key: string): Promise<{ value: Storable; offset: number }> {
    const headers = { accept: "application/json" };
    const answer = await this.#ask({ method: "GET", path: keyPath(place, key), headers });
    const { value, base64 = "" } = readAnswer(answer, valueAnswer);
    const held = value === undefined ? Buffer.from(base64, "base64") : value;
    return { value: held, offset: offsetIn(answer) };
  }

  /** The offset of the write. */
  async put(
    place: Place,
    key: string,
    value: JsonValue,
    { condition, ttl }: PutWish = {},
  ): Promise<number> {
    const path = keyPath(place, key) + queryString({ ttl });
    const headers = condition === undefined ? {} : conditionHeader(condition);
    const body = JSON.stringify({ value });
    return offsetIn(await this.#ask({ method: "PUT", path, headers, body }));
  }

  /** The offset of the tombstone. */
  async delete(place: Place, key: string, condition?: OffsetCondition): Promise<number> {
    const headers = condition === undefined ? {} : conditionHeader(condition);
    return offsetIn(await this.#ask({ method: "DELETE", path: keyPath(place, key), headers }));
  }

  async page(place: Place, query: PageQuery): Promise<ListAnswer> {
    const path = placePath(place) + queryString({ ...query });
    return readAnswer(await this.#ask({ method: "GET", path }), listAnswer);
  }

  async count(place: Place, range: KeyRange): Promise<number> {
    const path = placePath(place) + queryString({ ...range, count: true, limit: 0 });
    return readAnswer(await this.#ask({ method: "GET", path }), countAnswer).count;
  }

  /** Writes all of the operations or none. The offset of the last one. */
  async batch(database: string, operations: readonly PutOperation[]): Promise<number> {
    const path = `${databasePath(database)}/_batch`;
    const body = JSON.stringify({ operations });
    return readAnswer(await this.#ask({ method: "POST", path, body }), batchAnswer).offset;
  }

  /** The changes that there are, or the first that come; `next` is where to go on. */
  async changes(
    database: string,
    query: ChangesQuery,
  ): Promise<{ changes: readonly ToldChange[]; next: number }> {
    const path = `${databasePath(database)}/_changes${queryString({ ...query })}`;
    const answer = await this.#ask({ method: "GET", path });
    const { nextOffset, url } = answer;
    if (nextOffset !== undefined) {
      return { changes: readLines(answer, changeAnswer), next: nextOffset };
    }
    throw new UnexpectedAnswerError(url, "answered without BoxerDB-Next-Offset");
  }

  /** How much the leader has stored of an import; undefined for nothing. */
  async importProgress(database: string, id: string): Promise<ImportProgressAnswer | undefined> {
    const path = `${databasePath(database)}/_import${queryString({ consistency: "leader" })}`;
    const headers = { "idempotency-key": id };
    try {
      return readAnswer(await this.#ask({ method: "GET", path, headers }), importProgressAnswer);
    } catch (error) {
      if (error instanceof ServerError && notThere.includes(error.code)) return undefined;
      throw error;
    }
  }

  /** Stores lines of an import, those that are not stored already. How much of it is stored then. */
  async importPart(database: string, part: ImportPart): Promise<ImportAnswer> {
    const { id, collection, firstLine, more, bytes } = part;
    const query = queryString({ collection, firstLine, more });
    const answer = await this.#ask({
      method: "POST",
      path: `${databasePath(database)}/_import${query}`,
      headers: { "idempotency-key": id },
      body: bytes,
      type: "application/x-ndjson",
    });
    return readAnswer(answer, importAnswer);
  }

  /** All documents, as lines. Rejects with AbortError when the signal comes. */
  async export(database: string, query: ExportQuery, signal: AbortSignal): Promise<Streamed> {
    const path = `${databasePath(database)}/_export${queryString({ ...query })}`;
    return await this.#connection.stream({ method: "GET", path }, signal);
  }

  async database(name: string): Promise<DatabaseAnswer> {
    return readAnswer(await this.#ask({ method: "GET", path: databasePath(name) }), databaseAnswer);
  }

  /** Removes a database with all that is in it. */
  async dropDatabase(name: string): Promise<void> {
    await this.#ask({ method: "DELETE", path: databasePath(name) });
  }

  /** What the node tells of itself: what is shown of it, and all of it as it came. */
  async status(): Promise<{ status: NodeStatus; text: string }> {
    const answer = await this.#ask({ method: "GET", path: "/status" });
    return { status: readAnswer(answer, statusAnswer), text: answer.text };
  }

  /** The archive of a backup of all databases. Rejects with AbortError when the signal comes. */
  async backup(signal: AbortSignal): Promise<Streamed> {
    return await this.#connection.stream({ method: "GET", path: "/api/v2/_backup" }, signal);
  }

  /** What a database holds, as lines of hashes. Rejects with AbortError when the signal comes. */
  async contentHashes(
    database: string,
    query: ContentHashQuery,
    signal: AbortSignal,
  ): Promise<Streamed> {
    const path = `${databasePath(database)}/_hash${queryString({ ...query })}`;
    return await this.#connection.stream({ method: "GET", path }, signal);
  }

  /** Has the server verify all its databases, or one. Rejects with AbortError when the signal comes. */
  async verify(
    database: string | undefined,
    { signal, onProgress }: Required<WorkOptions>,
  ): Promise<LiveVerification> {
    return await this.#doLongWork(database, "_verify", verifyAnswer, signal, (progress) =>
      onProgress(progress.readBytes, progress.totalBytes),
    );
  }

  /** Has the server compact all its databases, or one. A signal ends the waiting, and not the work. */
  async compact(
    database: string | undefined,
    signal: AbortSignal,
    onProgress: (progress: CompactProgress) => void,
  ): Promise<CompactResult> {
    return await this.#doLongWork(database, "_compact", compactAnswer, signal, onProgress);
  }

  async #doLongWork<Progress, Result>(
    database: string | undefined,
    action: string,
    answer: LongWorkAnswer<Progress, Result>,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Result> {
    const parent = database === undefined ? "/api/v2" : databasePath(database);
    const question = { method: "POST", path: `${parent}/${action}`, headers: asLines } as const;
    return await longWorkResult(
      await this.#connection.stream(question, signal),
      answer,
      onProgress,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  #ask(question: Question): Promise<Answer> {
    return this.#connection.ask(question);
  }
}

const notThere: readonly string[] = ["not_found", "database_not_found"];

// Names and keys are checked before they become part of a path: an empty one, or a name with a
// slash in it, would ask for something else.

const databasePath = (database: string): string => {
  checkName("database", database);
  return `/api/v2/${database}`;
};

const placePath = ({ database, collection }: Place): string => {
  checkName("collection", collection);
  return `${databasePath(database)}/${collection}`;
};

const keyPath = (place: Place, key: string): string => {
  checkKey(key);
  return `${placePath(place)}/${encodeURIComponent(key)}`;
};

const conditionHeader = (condition: PutCondition): Record<string, string> =>
  "ifOffset" in condition ? { "if-match": `"${condition.ifOffset}"` } : { "if-none-match": "*" };

const queryString = (
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== false);
  const parameters = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return given.length === 0 ? "" : `?${parameters.toString()}`;
};

const offsetIn = (answer: Answer): number => {
  if (answer.offset !== undefined) return answer.offset;
  throw new UnexpectedAnswerError(answer.url, "answered without the offset in its ETag");
};
