import type { LogOffset } from "@boxerdb/engine";

import type { Randomness } from "../randomness.ts";
import type { SimulatedTime } from "../time/simulated-time.ts";
import type { Transcript } from "../transcript.ts";

import {
  answerText,
  copyText,
  requestText,
  type ClientAnswer,
  type ClientRequest,
  type ClientWrite,
  type Consistency,
} from "./client-protocol.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { groupName } from "./key-groups.ts";
import type {
  DeleteOutcome,
  LocalReadOutcome,
  OperationRecorder,
  PutOutcome,
  ReadOutcome,
} from "./operation-recorder.ts";

/** What clients do, and how much of it. */
export interface LoadProfile {
  readonly clients: number;
  readonly databases: readonly string[];
  /** Of these, what is dropped now and then: what was seen there says nothing about what comes. */
  readonly fleeting?: readonly string[];
  /** In each database. */
  readonly keys: number;
  /** Groups of keys in each database that are written and read together, each under one name. Default: 0. */
  readonly groups?: number;
  /** Between an operation and the next, on average. */
  readonly pauseMs: number;
  /** How often each is drawn, compared with the others. */
  readonly get: number;
  readonly put: number;
  readonly delete: number;
  /** The share of writes that have a condition. */
  readonly conditional: number;
  /** The share of writes that are repeated under a key where their outcome is unknown. */
  readonly repeatable: number;
  /** Consistencies of gets, and how often each is drawn. */
  readonly consistencies: readonly (readonly [Consistency, number])[];
  /** The share of local reads that ask for what the client has seen already, or later. Default: 0. */
  readonly minimum?: number;
  /** The longest value, in characters; short ones are more frequent. */
  readonly longestValue: number;
}

/** How often an operation is tried at most where it is refused, or its outcome is unknown. */
const attemptsAtMost = 12;
const retryPauseMs = [5, 2_000] as const;

export interface ClientLoadOptions {
  readonly time: Pick<SimulatedTime, "pause">;
  readonly randomness: Randomness;
  readonly transcript: Pick<Transcript, "note">;
  readonly recorder: OperationRecorder;
  readonly profile: LoadProfile;
  /** How a client of this name reaches the nodes. */
  readonly accessFor: (client: string) => ClusterAccess;
}

/** How many operations were answered how in the end. */
export type LoadCounts = Readonly<Record<ClientAnswer["kind"], number>>;

/** Clients at work, each doing one operation after the other. */
export class ClientLoad {
  readonly #options: ClientLoadOptions;
  readonly #counts: Record<ClientAnswer["kind"], number> = {
    found: 0,
    absent: 0,
    written: 0,
    conflict: 0,
    refused: 0,
    unknown: 0,
  };
  #isStopping = false;
  #active = 0;

  constructor(options: ClientLoadOptions) {
    this.#options = options;
  }

  get counts(): LoadCounts {
    return { ...this.#counts };
  }

  /** Whether clients are waiting for an answer, or will ask for something more. */
  get isActive(): boolean {
    return this.#active > 0;
  }

  start(): void {
    const { profile, accessFor, randomness } = this.#options;
    for (let number = 1; number <= profile.clients; number += 1) {
      const name = `c${number}`;
      this.#active += 1;
      void this.#run(new Client(name, accessFor(name), randomness.fork(name), this.#options));
    }
  }

  /** Has clients finish what they have begun, and then be quiet. */
  stop(): void {
    this.#isStopping = true;
  }

  async #run(client: Client): Promise<void> {
    while (!this.#isStopping) {
      const answer = await client.operate(() => this.#isStopping);
      this.#counts[answer.kind] += 1;
    }
    this.#active -= 1;
  }
}

class Client {
  readonly #name: string;
  readonly #access: ClusterAccess;
  readonly #randomness: Randomness;
  readonly #options: ClientLoadOptions;
  /** What the client has last heard that a key is at, by database and key; null: absent. */
  readonly #known = new Map<string, LogOffset | null>();
  /** The newest offset that it was told of, by database. */
  readonly #seen = new Map<string, LogOffset>();
  /** Whom it asks, by database. */
  readonly #nodes = new Map<string, string>();
  #operations = 0;

  constructor(
    name: string,
    access: ClusterAccess,
    randomness: Randomness,
    options: ClientLoadOptions,
  ) {
    this.#name = name;
    this.#access = access;
    this.#randomness = randomness;
    this.#options = options;
  }

  /** Thinks a while, then does one operation; resolves to what has come of it. */
  async operate(isStopping: () => boolean): Promise<ClientAnswer> {
    const { time, profile, transcript } = this.#options;
    // From hardly any to three times as long as on average.
    await time.pause(this.#randomness.magnitude(0.05, 3) * profile.pauseMs);
    this.#operations += 1;
    const request = this.#draw();
    const tell = this.#record(request);
    const what = `${request.database}: ${requestText(request)}`;
    transcript.note(this.#name, what);
    const answer = await this.#insist(request, isStopping);
    const by = "copy" in answer && answer.copy !== undefined ? `, ${copyText(answer.copy)}` : "";
    transcript.note(this.#name, `${what} → ${answerText(answer)}${by}`);
    tell(answer);
    this.#learn(request, answer);
    return answer;
  }

  #draw(): ClientRequest {
    const { profile } = this.#options;
    const randomness = this.#randomness;
    const database = randomness.pick(profile.databases);
    const keys = profile.keys + (profile.groups ?? 0);
    const number = randomness.integer(1, keys + 1);
    const isGroup = number > profile.keys;
    const key = isGroup ? groupName(number - profile.keys) : `k${number}`;
    const kind = randomness.pickWeighted<ClientRequest["kind"]>([
      ["get", profile.get],
      ["put", profile.put],
      ["delete", profile.delete],
    ]);
    if (kind === "get") return this.#drawGet(database, key);
    const known = this.#known.get(placeOf({ database, key }));
    const isConditional = randomness.chance(profile.conditional) && known !== undefined;
    const isRepeatable = randomness.chance(profile.repeatable);
    const terms = {
      ...(isConditional && { ifOffset: known }),
      ...(isRepeatable && { idempotencyKey: `${this.#name}-${this.#operations}` }),
    };
    // Of a group without a condition nobody would tell whether there was anything to delete.
    const isDelete = kind === "delete" && (!isGroup || (isConditional && known !== null));
    return isDelete
      ? { kind: "delete", database, key, ...terms }
      : { kind: "put", database, key, value: this.#value(), ...terms };
  }

  #drawGet(database: string, key: string): ClientRequest {
    const { profile } = this.#options;
    const consistency = this.#randomness.pickWeighted(profile.consistencies);
    const plain = { kind: "get", database, key, consistency } as const;
    const seen = this.#seen.get(database);
    if (consistency !== "local" || seen === undefined) return plain;
    const isFleeting = profile.fleeting?.includes(database) === true;
    const hasMinimum = this.#randomness.chance(profile.minimum ?? 0) && !isFleeting;
    return hasMinimum ? { ...plain, minimumOffset: seen } : plain;
  }

  /** A value that nobody else writes. */
  #value(): string {
    const { longestValue } = this.#options.profile;
    const length = Math.floor(this.#randomness.magnitude(1, longestValue + 1));
    return `${this.#name}-${this.#operations}`.padEnd(length, ".");
  }

  /** Asks one node after the other, as clients of databases do. */
  async #insist(request: ClientRequest, isStopping: () => boolean): Promise<ClientAnswer> {
    const isRepeatable = request.kind === "get" || request.idempotencyKey !== undefined;
    let mayBeDone = false;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#access.call(this.#nodeFor(request), request);
      mayBeDone ||= answer.kind === "unknown";
      const isOpen = answer.kind === "refused" || answer.kind === "unknown";
      if (!isOpen) return settled(answer, request, mayBeDone);
      const isLast = attempt === attemptsAtMost || isStopping();
      if (isLast || (answer.kind === "unknown" && !isRepeatable)) {
        return mayBeDone ? { kind: "unknown", code: answer.code } : answer;
      }
      await this.#turnElsewhere(request.database, answer);
    }
  }

  /** Whom to ask: any node for what it has itself, and otherwise the one that was told to lead. */
  #nodeFor(request: ClientRequest): string {
    const { nodes } = this.#access;
    if (request.kind === "get" && request.consistency === "local") {
      return this.#randomness.pick(nodes);
    }
    const known = this.#nodes.get(request.database);
    if (known !== undefined) return known;
    const node = this.#randomness.pick(nodes);
    this.#nodes.set(request.database, node);
    return node;
  }

  async #turnElsewhere(database: string, answer: ClientAnswer): Promise<void> {
    const asked = this.#nodes.get(database);
    if (answer.kind === "refused" && answer.leader !== undefined && answer.leader !== asked) {
      this.#nodes.set(database, answer.leader);
      return;
    }
    await this.#options.time.pause(this.#randomness.magnitude(...retryPauseMs));
    this.#nodes.delete(database);
  }

  #learn(request: ClientRequest, answer: ClientAnswer): void {
    const place = placeOf(request);
    switch (answer.kind) {
      case "found":
        this.#see(request.database, answer.copy?.appliedOffset ?? answer.offset);
        this.#known.set(place, answer.offset);
        return;
      case "written":
        this.#see(request.database, answer.offset);
        this.#known.set(place, answer.offset);
        return;
      case "absent":
        this.#see(request.database, answer.copy?.appliedOffset);
        this.#known.set(place, null);
        return;
      case "conflict":
      case "unknown":
        this.#known.delete(place);
        return;
      case "refused":
        return;
    }
  }

  #see(database: string, offset: LogOffset | null | undefined): void {
    if (typeof offset !== "number") return;
    const seen = this.#seen.get(database);
    if (seen === undefined || seen < offset) this.#seen.set(database, offset);
  }

  /** Tells the recorder of an operation; what is returned tells it the answer. */
  #record(request: ClientRequest): (answer: ClientAnswer) => void {
    const { recorder } = this.#options;
    const { database, key } = request;
    switch (request.kind) {
      case "get": {
        if (request.consistency === "local") {
          const { minimumOffset } = request;
          const complete = recorder.localRead?.(this.#name, key, minimumOffset, database);
          return (answer) => complete?.(localReadOutcome(answer));
        }
        const complete = recorder.get(this.#name, key, database);
        return (answer) => complete(readOutcome(answer));
      }
      case "put": {
        const { value, ifOffset } = request;
        const complete = recorder.put(this.#name, key, value, ifOffset, database);
        return (answer) => complete(writeOutcome(answer));
      }
      case "delete": {
        const complete = recorder.delete(this.#name, key, request.ifOffset, database);
        return (answer) => {
          complete(answer.kind === "absent" ? { type: "not found" } : writeOutcome(answer));
        };
      }
    }
  }
}

const placeOf = ({ database, key }: { readonly database: string; readonly key: string }): string =>
  `${database}/${key}`;

/**
 * What is said at the last attempt is true of it, but not of those before: a request of which nothing was
 * heard may still be under way, and may find that its condition holds.
 */
function settled(answer: ClientAnswer, request: ClientRequest, mayBeDone: boolean): ClientAnswer {
  const isNegative = answer.kind === "conflict" || answer.kind === "absent";
  return mayBeDone && isNegative && isWrite(request)
    ? { kind: "unknown", code: "EARLIER_ATTEMPT_UNKNOWN" }
    : answer;
}

const isWrite = (request: ClientRequest): request is ClientWrite => request.kind !== "get";

function readOutcome(answer: ClientAnswer): ReadOutcome {
  switch (answer.kind) {
    case "found":
      return { type: "ok", entry: { value: answer.value, offset: answer.offset } };
    case "absent":
      return { type: "ok", entry: undefined };
    case "written":
    case "conflict":
    case "refused":
    case "unknown":
      return { type: "failed" };
  }
}

function localReadOutcome(answer: ClientAnswer): LocalReadOutcome {
  if (answer.kind !== "found" && answer.kind !== "absent") return { type: "failed" };
  const { copy } = answer;
  if (copy === undefined) throw new Error("assertion failed: a get says which copy has answered");
  const entry =
    answer.kind === "found" ? { value: answer.value, offset: answer.offset } : undefined;
  return { type: "ok", entry, copy };
}

function writeOutcome(answer: ClientAnswer): PutOutcome & DeleteOutcome {
  switch (answer.kind) {
    case "written":
      return { type: "ok", offset: answer.offset };
    case "conflict":
      return { type: "precondition failed" };
    case "unknown":
      return { type: "unknown" };
    case "refused":
    case "found":
    case "absent":
      return { type: "failed" };
  }
}
