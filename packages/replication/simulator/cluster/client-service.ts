import { ConflictError, NotWritableError, type Collection } from "@boxerdb/engine";

import {
  ConfigurationUnavailableError,
  NoLeaderError,
  NotEnoughReplicasError,
  NotLeaderError,
} from "../../src/errors.ts";
import type { ClientAnswer, ClientRequest, ClientWrite } from "../load/client-protocol.ts";

import type { RunningNode } from "./cluster-program.ts";

/** The one database of a simulation, and its collection. */
export const databaseName = "app";
const collectionName = "documents";

export const documentsOf = ({ store }: RunningNode): Collection<string> =>
  store.database(databaseName).collection<string>(collectionName);

export const publicUrlOf = (host: string): string => `http://${host}`;

/** Answers as the HTTP server does. */
export async function answerClient(
  running: RunningNode,
  request: ClientRequest,
): Promise<ClientAnswer> {
  try {
    return request.kind === "get" ? await read(running, request) : await write(running, request);
  } catch (error) {
    return errorAnswer(error, request);
  }
}

async function read(
  running: RunningNode,
  { key, consistency }: Extract<ClientRequest, { kind: "get" }>,
): Promise<ClientAnswer> {
  if (consistency !== "follower") await running.node.confirmRead(databaseName, consistency);
  const entry = documentsOf(running).getEntry(key);
  if (entry === undefined) return { kind: "absent" };
  return { kind: "found", value: entry.value, offset: entry.offset };
}

async function write(running: RunningNode, request: ClientWrite): Promise<ClientAnswer> {
  const { node } = running;
  node.assertWritable(databaseName);
  const documents = documentsOf(running);
  const terms = termsOf(request);
  if (request.kind === "put") {
    const offset = await node.committed(
      documents.put(request.key, request.value, terms),
      databaseName,
    );
    return { kind: "written", offset };
  }
  const offset = await node.committed(documents.delete(request.key, terms), databaseName);
  return offset === undefined ? { kind: "absent" } : { kind: "written", offset };
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
    error instanceof ConfigurationUnavailableError;
  return kind === "get" || isCertain ? { kind: "refused", code } : { kind: "unknown", code };
}
