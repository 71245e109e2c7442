import {
  ConflictError,
  CorruptionError,
  DiskFullError,
  EngineError,
  open,
  PoisonedError,
  processLocalLocker,
  type Collection,
  type FileSystem,
  type Store,
  type StoreEvent,
} from "@boxerdb/engine";

import type { ClientAnswer, ClientRequest } from "../load/client-protocol.ts";
import { serveClients } from "../load/cluster-access.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import type { Program, ProgramEnvironment } from "../simulated-machine.ts";
import type { SimulatedProcess } from "../time/simulated-process.ts";
import type { Transcript } from "../transcript.ts";

import type { DurabilityModel } from "./durability-model.ts";

export interface EngineProgramOptions {
  readonly network: SimulatedNetwork;
  readonly transcript: Transcript;
  readonly model: DurabilityModel;
  readonly segmentBytes: number;
  readonly alter: (fileSystem: FileSystem) => FileSystem;
  /** Told about a store that has been opened and found to be as it should. */
  readonly onOpen: (store: Store, process: SimulatedProcess) => void;
}

/** How long an operator, or what starts processes, waits before it tries again. */
const restartMs = [50, 3_000] as const;

/** A program that has one store and serves it to clients, without replication. */
export function engineProgram(options: EngineProgramOptions): Program {
  return async (environment) => {
    const { transcript, model, network } = options;
    const { host, process, randomness, exit } = environment;
    const fail = (why: string): void => exit(why, randomness.magnitude(...restartMs));
    const onEvent = (event: StoreEvent): void => {
      if (event.type !== "opening") transcript.note(host, eventText(event));
      if (event.type === "poisoned") setImmediate(() => fail("a write has failed"));
    };
    try {
      const store = await open("/data", {
        fileSystem: options.alter(environment.fileSystem),
        clock: environment.clock,
        random: environment.randomness,
        locker: processLocalLocker(),
        segmentBytes: options.segmentBytes,
        memoryBytes: 64 << 10,
        onEvent,
      });
      const documents = store.database("app").collection<string>("documents");
      checkAll(documents, model);
      options.onOpen(store, process);
      serveClients(network, host, process, (request) => answer(documents, request, environment));
    } catch (error) {
      if (error instanceof CorruptionError) model.report(`the store is damaged: ${error.message}`);
      fail(`cannot open: ${codeOf(error)}`);
    }
  };
}

/** Whether all that was acknowledged is there. */
export function checkAll(documents: Collection<string>, model: DurabilityModel): void {
  for (const key of model.keys) model.beginRead(key)(documents.getEntry(key));
}

async function answer(
  documents: Collection<string>,
  request: ClientRequest,
  { randomness }: ProgramEnvironment,
): Promise<ClientAnswer> {
  try {
    switch (request.kind) {
      case "get": {
        // Reads by either way must agree.
        const isDirect = randomness.chance(0.5);
        if (!isDirect) await documents.get(request.key);
        const entry = documents.getEntry(request.key);
        if (entry === undefined) return { kind: "absent" };
        return { kind: "found", value: entry.value, offset: entry.offset };
      }
      case "put": {
        const offset = await documents.put(request.key, request.value, termsOf(request));
        return { kind: "written", offset };
      }
      case "delete": {
        const offset = await documents.delete(request.key, termsOf(request));
        return offset === undefined ? { kind: "absent" } : { kind: "written", offset };
      }
    }
  } catch (error) {
    return errorAnswer(error, request);
  }
}

function termsOf({ ifOffset, idempotencyKey }: Exclude<ClientRequest, { kind: "get" }>) {
  return {
    ...(ifOffset !== undefined && { ifOffset }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

function errorAnswer(error: unknown, request: ClientRequest): ClientAnswer {
  if (error instanceof ConflictError) return { kind: "conflict" };
  const code = codeOf(error);
  if (request.kind === "get") return { kind: "refused", code };
  const isUnknown =
    error instanceof PoisonedError || error instanceof DiskFullError || code === "EIO";
  if (isUnknown) return { kind: "unknown", code };
  // Nothing else comes of a write that is as it should be.
  throw error;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

function eventText(event: Exclude<StoreEvent, { type: "opening" }>): string {
  switch (event.type) {
    case "torn-tail-cut":
      return `${event.type} of ${event.path} at ${event.position}, ${event.cutBytes} bytes`;
    case "segment-recreated":
    case "leftover-removed":
      return `${event.type}: ${event.path}`;
    case "poisoned":
    case "damaged":
    case "checkpoint-failed":
    case "compaction-failed":
      return `${event.type}: ${event.error instanceof EngineError ? event.error.code : codeOf(event.error)}`;
    case "compacted":
      return `compacted ${event.baseOffset} to ${event.endOffset}: ${event.bytesBefore} to ${event.bytesAfter} bytes`;
    case "checkpoint-written":
      return `checkpoint of all below ${event.offset}, ${event.bytes} bytes`;
    case "set-aside":
      return `${event.type}: ${event.path}`;
    case "checkpoint-refused":
      return `${event.type}: ${event.path}`;
  }
}
