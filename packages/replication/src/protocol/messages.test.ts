import { describe, expect, test } from "vitest";

import {
  catalogRequestSchema,
  catalogResponseSchema,
  pullRequestSchema,
  pullResultSchema,
  refusalSchema,
  refusalStatus,
} from "./messages.ts";

const catalogRequest = {
  protocol: 3,
  nodeId: "n2",
  storeId: "a-uuid",
  processId: "a-third-uuid",
  version: 7,
  publicUrl: "http://n2:8080",
  waitMs: 1_000,
};
const pullRequest = {
  protocol: 3,
  nodeId: "n2",
  directoryId: "a-uuid/1f",
  databaseId: "another-uuid",
  from: 10,
  lastEpoch: 1,
  lastEpochChecksum: 4_000_000_000,
  epoch: 2,
  round: 5,
  highWatermark: 9,
  maxBytes: 1_000,
  waitMs: 0,
};

/** Numbers that are no offset, epoch or count. */
const notWhole = [-1, 0.5, 2 ** 53, Number.NaN, Infinity, "1", null, undefined, true, [1]];

describe.each([
  { name: "catalog", schema: catalogRequestSchema, good: catalogRequest, directory: "storeId" },
  { name: "pull", schema: pullRequestSchema, good: pullRequest, directory: "directoryId" },
])("a request of $name", ({ schema, good, directory }) => {
  const accepts = (message: unknown): boolean => schema.safeParse(message).success;

  test("is taken as it should be", () => {
    expect(schema.parse(good)).toEqual(good);
  });

  test("needs every field", () => {
    for (const field of Object.keys(good)) {
      expect(accepts({ ...good, [field]: undefined }), field).toBe(false);
    }
  });

  test("has no others", () => {
    expect(accepts({ ...good, extra: 1 })).toBe(false);
  });

  test("is of this protocol version", () => {
    for (const protocol of [0, 2, 4, "3", undefined])
      expect(accepts({ ...good, protocol })).toBe(false);
  });

  test("has whole numbers for numbers", () => {
    const numbers = Object.entries(good).filter(([, value]) => typeof value === "number");
    for (const [field] of numbers) {
      for (const value of notWhole) {
        expect(accepts({ ...good, [field]: value }), `${field}: ${String(value)}`).toBe(false);
      }
    }
  });

  test("names the replica, within bounds", () => {
    for (const value of ["", "x".repeat(257), 5, null]) {
      expect(accepts({ ...good, nodeId: value })).toBe(false);
      expect(accepts({ ...good, [directory]: value })).toBe(false);
    }
  });

  test("does not wait for ever", () => {
    expect(accepts({ ...good, waitMs: 60_000 })).toBe(true);
    expect(accepts({ ...good, waitMs: 60_001 })).toBe(false);
  });

  test("is an object", () => {
    for (const message of [undefined, null, [], "{}", 1]) expect(accepts(message)).toBe(false);
  });
});

test("a pull asks for some bytes, and not for more than fit into memory", () => {
  const accepts = (maxBytes: number): boolean =>
    pullRequestSchema.safeParse({ ...pullRequest, maxBytes }).success;
  expect(accepts(1)).toBe(true);
  expect(accepts(64 << 20)).toBe(true);
  expect(accepts(0)).toBe(false);
  expect(accepts((64 << 20) + 1)).toBe(false);
});

describe("the headers of a pull's answer", () => {
  const headers = {
    epoch: "2",
    nextOffset: "12",
    highWatermark: "11",
    endOffset: "40",
    purgeLimit: "7",
    purgeFloor: "3",
    compactedTo: "5",
    round: "3",
  };
  const accepts = (fields: object): boolean => pullResultSchema.safeParse(fields).success;

  test("are decimal numbers", () => {
    expect(pullResultSchema.parse(headers)).toEqual({
      epoch: 2,
      nextOffset: 12,
      highWatermark: 11,
      endOffset: 40,
      purgeLimit: 7,
      purgeFloor: 3,
      compactedTo: 5,
      round: 3,
    });
    expect(accepts({ ...headers, nextOffset: "9007199254740991" })).toBe(true);
  });

  test("and nothing else", () => {
    const bad = [
      "",
      " ",
      "-1",
      "1.5",
      "1e3",
      "0x10",
      " 5",
      "5 ",
      "five",
      "NaN",
      "9007199254740992",
    ];
    for (const field of Object.keys(headers)) {
      for (const value of [...bad, undefined, null, ["5"], ["5", "6"], 5]) {
        expect(accepts({ ...headers, [field]: value }), `${field}: ${String(value)}`).toBe(false);
      }
    }
  });
});

describe("the answer to a request for the catalog", () => {
  const leader = { nodeId: "n1", directoryId: "a-uuid/1f" };
  const database = {
    name: "default",
    id: "another-uuid",
    revision: 2,
    epoch: 4,
    leader,
    inSync: [leader, { nodeId: "n2", directoryId: "a-third-uuid/0" }],
  };
  const good = {
    protocol: 3,
    nodeId: "n1",
    storeId: "a-uuid",
    clusterId: "a-fourth-uuid",
    publicUrl: "http://n1:8080",
    processId: "a-fifth-uuid",
    version: 3,
    databases: [database],
  };
  const accepts = (fields: object): boolean => catalogResponseSchema.safeParse(fields).success;

  test("is taken as it should be, also with fields of later versions", () => {
    expect(catalogResponseSchema.parse({ ...good, later: 1 })).toEqual(good);
    const later = { ...database, later: 1, leader: { ...leader, later: 1 } };
    expect(catalogResponseSchema.parse({ ...good, databases: [later] })).toEqual(good);
  });

  test("may name a database that nobody leads", () => {
    const { leader: _, ...unled } = database;
    expect(catalogResponseSchema.parse({ ...good, databases: [unled] }).databases).toEqual([unled]);
  });

  test("has all it must have", () => {
    for (const field of Object.keys(good)) {
      expect(accepts({ ...good, [field]: undefined }), field).toBe(false);
    }
    for (const version of notWhole) expect(accepts({ ...good, version })).toBe(false);
    for (const protocol of [0, 2, 4, "3"]) expect(accepts({ ...good, protocol })).toBe(false);
    for (const databases of [{}, ["default"], [null]]) {
      expect(accepts({ ...good, databases })).toBe(false);
    }
    for (const field of ["name", "id", "revision", "epoch", "inSync"]) {
      const databases = [{ ...database, [field]: undefined }];
      expect(accepts({ ...good, databases }), field).toBe(false);
    }
    for (const bad of notWhole) {
      expect(accepts({ ...good, databases: [{ ...database, revision: bad }] })).toBe(false);
      expect(accepts({ ...good, databases: [{ ...database, epoch: bad }] })).toBe(false);
    }
    for (const bad of [{}, null, "n1", { nodeId: "n1" }, { ...leader, nodeId: "" }]) {
      expect(accepts({ ...good, databases: [{ ...database, leader: bad }] })).toBe(false);
      expect(accepts({ ...good, databases: [{ ...database, inSync: [bad] }] })).toBe(false);
    }
  });
});

describe("a refusal", () => {
  const message = "why";
  test.each([
    { code: "unknown_database", message },
    { code: "not_leader", message },
    { code: "wrong_epoch", message, epoch: 3 },
    { code: "diverged", message, epoch: 3, checksum: 4_000_000_000, endOffset: 10 },
    { code: "below_purge_floor", message, purgeFloor: 10 },
    { code: "bad_request", message },
    { code: "unavailable", message },
  ] as const)("$code is taken with all its fields, and has a status", (refusal) => {
    expect(refusalSchema.parse(refusal)).toEqual(refusal);
    expect(refusalStatus[refusal.code]).toBeGreaterThanOrEqual(400);
    for (const field of Object.keys(refusal)) {
      expect(refusalSchema.safeParse({ ...refusal, [field]: undefined }).success, field).toBe(
        false,
      );
    }
  });

  test("of another kind, or with impossible offsets, is none", () => {
    const bad = [
      {},
      { code: "no_idea", message },
      { code: "stale_epoch", message, epoch: 1 },
      { code: "wrong_epoch", message, epoch: -1 },
      { code: "diverged", message, epoch: 1.5, checksum: 7, endOffset: 10 },
      { code: "diverged", message, epoch: 1, checksum: 7, endOffset: -10 },
      { code: "diverged", message, epoch: 1, checksum: -7, endOffset: 10 },
      { code: "below_purge_floor", message, purgeFloor: 2 ** 53 },
    ];
    for (const refusal of bad) expect(refusalSchema.safeParse(refusal).success).toBe(false);
  });
});
