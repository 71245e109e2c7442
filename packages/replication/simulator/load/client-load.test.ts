import { logOffset, type LogOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { ClientLoad, type LoadProfile } from "./client-load.ts";
import type { ClientAnswer, ClientRequest } from "./client-protocol.ts";
import type { OperationRecorder } from "./operation-recorder.ts";

const profile: LoadProfile = {
  clients: 2,
  databases: ["app"],
  keys: 3,
  pauseMs: 20,
  get: 1,
  put: 1,
  delete: 0.3,
  conditional: 0.5,
  repeatable: 0.5,
  consistencies: [["leader", 1]],
  longestValue: 100,
};

type Answer = (node: string, request: ClientRequest) => ClientAnswer;

/** Has clients work for ten seconds; `answer` is what they are told. */
async function run(answer: Answer, changes: Partial<LoadProfile> = {}) {
  const time = new SimulatedTime();
  const outcomes: string[] = [];
  const values: string[] = [];
  const conditions: (LogOffset | null | undefined)[] = [];
  const complete =
    (what: string) =>
    ({ type }: { readonly type: string }): void =>
      void outcomes.push(`${what} ${type}`);
  const recorder: OperationRecorder = {
    get: () => complete("get"),
    localRead: () => complete("local read"),
    put: (_client, _key, value, ifOffset) => {
      values.push(value);
      conditions.push(ifOffset);
      return complete("put");
    },
    delete: () => complete("delete"),
  };
  const calls: { readonly node: string; readonly request: ClientRequest }[] = [];
  const load = new ClientLoad({
    time,
    randomness: Randomness.ofSeed(1),
    transcript: new Transcript(time),
    recorder,
    profile: { ...profile, ...changes },
    accessFor: () => ({
      nodes: ["n1", "n2"],
      call: async (node, request) => {
        calls.push({ node, request });
        await time.pause(1);
        return answer(node, request);
      },
    }),
  });
  load.start();
  await time.run(10_000);
  load.stop();
  await time.run(100_000);
  return { load, outcomes, values, conditions, calls };
}

const offsetOf = (calls: number): LogOffset => logOffset(calls);

test("clients do what they are asked to, one thing after the other, and stop when told", async () => {
  let offset = 0;
  const { load, outcomes, values, conditions } = await run((_node, { kind }) =>
    kind === "get"
      ? { kind: "found", value: "v", offset: offsetOf(offset) }
      : { kind: "written", offset: offsetOf((offset += 1)) },
  );
  expect(load.isActive).toBe(false);
  expect(new Set(outcomes)).toEqual(new Set(["get ok", "put ok", "delete ok"]));
  expect(load.counts).toMatchObject({ absent: 0, conflict: 0, refused: 0, unknown: 0 });
  expect(load.counts.found + load.counts.written).toBe(outcomes.length);
  expect(new Set(values).size).toBe(values.length);
  expect(Math.max(...values.map(({ length }) => length))).toBeGreaterThan(60);
  expect(conditions.filter((condition) => condition !== undefined).length).toBeGreaterThan(10);
});

test("a redirection is followed", async () => {
  const { calls, outcomes } = await run((node) =>
    node === "n1" ? { kind: "refused", code: "NOT_LEADER", leader: "n2" } : { kind: "absent" },
  );
  expect(calls.filter(({ node }) => node === "n1").length).toBeLessThanOrEqual(2);
  expect(outcomes.length).toBeGreaterThan(50);
});

test("what is refused by all is tried again, and fails in the end", async () => {
  const { load, outcomes, calls } = await run(() => ({ kind: "refused", code: "NO_LEADER" }), {
    clients: 10,
  });
  expect(new Set(outcomes)).toEqual(new Set(["get failed", "put failed", "delete failed"]));
  expect(new Set(calls.map(({ node }) => node))).toEqual(new Set(["n1", "n2"]));
  expect(calls.length).toBeGreaterThan(outcomes.length * 3);
  expect(load.counts.refused).toBe(outcomes.length);
});

test("what is unknown is repeated under its key, and without one it stays unknown", async () => {
  const { calls, outcomes } = await run(() => ({ kind: "unknown", code: "TIMEOUT" }), { get: 0 });
  expect(new Set(outcomes)).toEqual(new Set(["put unknown", "delete unknown"]));
  const keys = calls.flatMap(({ request }) => {
    const key = request.kind === "get" ? undefined : request.idempotencyKey;
    return key === undefined ? [] : [key];
  });
  expect(keys.length).toBeGreaterThan(new Set(keys).size * 5);
  // Each of the others is tried once.
  expect(calls.length - keys.length).toBe(outcomes.length - new Set(keys).size);
});

test("a conflict after an unknown outcome says nothing: the first attempt may be under way", async () => {
  const attempts = new Map<string, number>();
  const { outcomes } = await run(
    (_node, request) => {
      const key = request.kind === "get" ? "" : (request.idempotencyKey ?? "");
      attempts.set(key, (attempts.get(key) ?? 0) + 1);
      return attempts.get(key) === 1
        ? { kind: "unknown", code: "TIMEOUT" }
        : { kind: request.kind === "put" ? "conflict" : "absent" };
    },
    { get: 0, repeatable: 1 },
  );
  expect(new Set(outcomes)).toEqual(new Set(["put unknown", "delete unknown"]));
});

test("what is said at once holds", async () => {
  const { outcomes } = await run((_node, request) =>
    request.kind === "put" ? { kind: "conflict" } : { kind: "absent" },
  );
  expect(new Set(outcomes)).toEqual(
    new Set(["get ok", "put precondition failed", "delete not found"]),
  );
});

test("local reads are spread over all nodes, and ask for what was seen", async () => {
  let offset = 0;
  const { calls, outcomes } = await run(
    (node, { kind }) =>
      kind === "get"
        ? { kind: "absent", copy: { name: node, appliedOffset: offsetOf(offset) } }
        : { kind: "written", offset: offsetOf((offset += 1)) },
    { clients: 1, consistencies: [["local", 1]], minimum: 0.5, fleeting: ["gone"] },
  );
  expect(outcomes).toContain("local read ok");
  expect(outcomes).not.toContain("get ok");
  const reads = calls.filter(({ request }) => request.kind === "get");
  expect(new Set(reads.map(({ node }) => node))).toEqual(new Set(["n1", "n2"]));
  let seen = 0;
  let asked = 0;
  for (const { request } of calls) {
    if (request.kind !== "get") {
      seen += 1;
    } else if (request.minimumOffset !== undefined) {
      expect(request.minimumOffset).toBe(seen);
      asked += 1;
    }
  }
  expect(asked).toBeGreaterThan(reads.length / 4);
});

test("groups are put, and deleted only where it is known that they are there", async () => {
  let offset = 0;
  const { calls } = await run(
    (_node, { kind }) =>
      kind === "get" ? { kind: "absent" } : { kind: "written", offset: offsetOf((offset += 1)) },
    { keys: 1, groups: 3, databases: ["a", "b"] },
  );
  const ofGroups = calls.filter(({ request }) => request.key.startsWith("g"));
  const kinds = new Set(ofGroups.map(({ request }) => request.kind));
  expect(kinds).toEqual(new Set(["get", "put", "delete"]));
  expect(new Set(ofGroups.map(({ request }) => `${request.database}/${request.key}`)).size).toBe(6);
  for (const { request } of ofGroups) {
    if (request.kind === "delete") expect(request.ifOffset).toBeGreaterThan(0);
  }
});
