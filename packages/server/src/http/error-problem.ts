import {
  CatchingUpError,
  ConflictError,
  EngineError,
  OffsetPassedError,
  TooLargeError,
} from "@boxerdb/engine";
import { NotEnoughReplicasError, NotLeaderError, ReplicationError } from "@boxerdb/replication";

import { BadLineError } from "../documents/bad-line-error.ts";

import { ProblemError, type Problem, type ProblemCode } from "./problem.ts";

/** After how many seconds a client may try again what a node could not do. */
const retrySoon = { "retry-after": "1" };
/** The same, where somebody has to do something first. */
const retryLater = { "retry-after": "30" };

/**
 * The problem that an error of the engine, of replication or of this API is told as. This is the one
 * place that knows; what is not listed is unexpected, and its words stay in the log.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof BadLineError) {
    return { code: "invalid_line", message: error.message, members: { line: error.line } };
  }
  if (error instanceof ReplicationError) return replicationProblem(error);
  if (error instanceof EngineError) return engineProblem(error);
  return internalProblem;
}

const internalProblem: Problem = {
  code: "internal",
  message:
    "something went wrong in the server, and a write may or may not have been done; its log tells more under the request's id",
};

function replicationProblem(error: ReplicationError): Problem {
  const { code, message } = error;
  if (error instanceof NotLeaderError) return notLeader(error.leaderUrl);
  if (error instanceof NotEnoughReplicasError) {
    const { required, available } = error;
    return {
      code: "not_enough_replicas",
      message,
      members: { required, available },
      headers: retrySoon,
    };
  }
  if (code === "NO_LEADER") return { code: "no_leader", message, headers: retrySoon };
  if (code === "OUTCOME_UNKNOWN") return { code: "outcome_unknown", message };
  return internalProblem;
}

/** The words are those of the first BoxerDB, and clients compare them. */
const notLeader = (leaderUrl: string | undefined): Problem => ({
  code: "not_leader",
  message: "This action is only available to the leader",
  members: leaderUrl === undefined ? {} : { leader: leaderUrl },
});

const invalidCodes: ReadonlyMap<string, ProblemCode> = new Map([
  ["INVALID_KEY", "invalid_key"],
  ["INVALID_NAME", "invalid_name"],
  ["INVALID_VALUE", "invalid_value"],
]);

function engineProblem(error: EngineError): Problem {
  const { code, message } = error;
  const invalid = invalidCodes.get(code);
  if (invalid !== undefined) return { code: invalid, message };
  if (error instanceof TooLargeError) {
    return { code: "too_large", message, members: { limit: error.limit, unit: error.unit } };
  }
  if (error instanceof ConflictError) {
    const { checkIndex, collection, key, expectedOffset, actualOffset } = error;
    return {
      code: "precondition_failed",
      message,
      members: {
        check: checkIndex,
        collection,
        key,
        expected: expectedOffset,
        actual: actualOffset,
      },
    };
  }
  if (error instanceof OffsetPassedError) {
    return { code: "offset_passed", message, members: { offset: error.highWatermark - 1 } };
  }
  if (error instanceof CatchingUpError) {
    const { highWatermark, wholeFrom } = error;
    const offset = highWatermark === 0 ? null : highWatermark - 1;
    const members = { offset, neededOffset: wholeFrom - 1 };
    return { code: "catching_up", message, members, headers: retrySoon };
  }
  switch (code) {
    case "DATABASE_NOT_FOUND":
      return { code: "database_not_found", message };
    case "DATABASE_EXISTS":
      return { code: "exists", message };
    case "IDEMPOTENCY_KEY_REUSED":
      return { code: "idempotency_key_reused", message };
    case "NOT_WRITABLE":
      return notLeader(undefined);
    case "ABORT_ERR":
      return { code: "not_ready", message: `${message}: the client had gone` };
    case "CLOSED":
    case "DATABASE_REPLACED":
      return {
        code: "not_ready",
        message: `${message}: try again. A write may or may not have been done`,
        headers: retrySoon,
      };
    case "LOCKED":
      return {
        code: "poisoned",
        message:
          "another process may have taken over the data directory of this node: it takes no more " +
          "writes. Stop both processes, then start one",
        headers: retryLater,
      };
    case "POISONED":
      return { code: "poisoned", message, headers: retryLater };
    case "DISK_FULL":
      return { code: "disk_full", message, headers: retryLater };
    case "CORRUPT":
      return {
        code: "corrupt",
        message:
          "what is stored there is damaged on this node's disk: read it from another node, and see " +
          "the log of this one for the place",
      };
    default:
      return internalProblem;
  }
}
