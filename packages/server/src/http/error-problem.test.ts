import * as engine from "@boxerdb/engine";
import * as replication from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { problemOf } from "./error-problem.ts";
import { ProblemError, statusOf } from "./problem.ts";

const conflict = new engine.ConflictError({
  collection: "users",
  key: "ada",
  expectedOffset: 41,
  actualOffset: null,
  checkIndex: 2,
});

describe("what an error is told as", () => {
  test.each<[Error, number, string, string | undefined]>([
    [new engine.InvalidKeyError("m"), 400, "invalid_key", undefined],
    [new engine.InvalidNameError("m"), 400, "invalid_name", undefined],
    [new engine.InvalidValueError("m"), 400, "invalid_value", undefined],
    [new engine.TooLargeError("m", 9, "operations"), 413, "too_large", undefined],
    [conflict, 412, "precondition_failed", undefined],
    [new engine.DatabaseNotFoundError("a"), 404, "database_not_found", undefined],
    [new engine.DatabaseExistsError("a"), 409, "exists", undefined],
    [new engine.NotWritableError("a"), 403, "not_leader", undefined],
    [new engine.PoisonedError("m"), 503, "poisoned", "30"],
    [new engine.DiskFullError("m"), 503, "disk_full", "30"],
    [new engine.ClosedError("the store"), 503, "not_ready", "1"],
    [new engine.DatabaseReplacedError("a"), 503, "not_ready", "1"],
    [new engine.CorruptionError("/secret/path", 7, "bad"), 500, "corrupt", undefined],
    [new engine.LockedError("m"), 503, "poisoned", "30"],
    [new engine.InvalidOptionError("m"), 500, "internal", undefined],
    [new replication.NotLeaderError("http://a"), 403, "not_leader", undefined],
    [new replication.NotEnoughReplicasError(2, 1), 503, "not_enough_replicas", "1"],
    [new replication.NoLeaderError("a"), 503, "no_leader", "1"],
    [new replication.LeadershipLostError("a"), 504, "outcome_unknown", undefined],
    [new replication.CommitTimeoutError(5000), 504, "outcome_unknown", undefined],
    [new ProblemError({ code: "invalid_cursor", message: "m" }), 400, "invalid_cursor", undefined],
    [new TypeError("secret"), 500, "internal", undefined],
  ])("%s", (error, status, code, retryAfter) => {
    const problem = problemOf(error);
    expect([statusOf(problem), problem.code]).toEqual([status, code]);
    expect(problem.headers?.["retry-after"]).toBe(retryAfter);
    expect(JSON.stringify(problem)).not.toContain("secret");
  });

  test("a write on a follower is told in the words of the first BoxerDB, with the leader", () => {
    expect(problemOf(new replication.NotLeaderError("http://leader:8080"))).toEqual({
      code: "not_leader",
      message: "This action is only available to the leader",
      members: { leader: "http://leader:8080" },
    });
  });

  test("a condition that failed is told with what was expected and what is there", () => {
    expect(problemOf(conflict).members).toEqual({
      check: 2,
      collection: "users",
      key: "ada",
      expected: 41,
      actual: null,
    });
  });
});
