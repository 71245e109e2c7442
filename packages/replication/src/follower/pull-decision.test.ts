import { epoch, logOffset } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import type { PullResult, Refusal } from "../protocol/messages.ts";

import { decidePull, type PullDecision } from "./pull-decision.ts";

const position = { from: logOffset(50), epoch: epoch(3), highWatermark: logOffset(40) };

const resultOf = (fields: {
  epoch?: number;
  nextOffset?: number;
  highWatermark?: number;
}): PullResult => ({
  epoch: epoch(fields.epoch ?? 3),
  nextOffset: logOffset(fields.nextOffset ?? 50),
  highWatermark: logOffset(fields.highWatermark ?? 40),
  endOffset: logOffset(90),
});

describe("an answer with records", () => {
  const table: readonly [string, Parameters<typeof resultOf>[0], PullDecision["action"]][] = [
    ["nothing new", {}, "append"],
    ["records", { nextOffset: 60 }, "append"],
    ["a higher watermark", { highWatermark: 50 }, "append"],
    ["a lower watermark, as after the leader's restart", { highWatermark: 0 }, "append"],
    ["a newer epoch", { epoch: 4, nextOffset: 60 }, "append"],
    ["an older epoch", { epoch: 2, nextOffset: 60 }, "retry"],
    ["an older epoch and nothing new", { epoch: 2 }, "retry"],
    ["an end before what was asked for", { nextOffset: 49 }, "retry"],
    ["no epoch, as from an empty log", { epoch: 0, nextOffset: 60 }, "retry"],
  ];
  test.each(table)("%s", (_what, fields, action) => {
    expect(decidePull(position, { result: resultOf(fields) }).action).toBe(action);
  });

  test("an empty log follows an empty log", () => {
    const empty = { from: logOffset(0), epoch: epoch(0), highWatermark: logOffset(0) };
    const result = resultOf({ epoch: 0, nextOffset: 0, highWatermark: 0 });
    expect(decidePull(empty, { result })).toEqual({ action: "append" });
  });
});

describe("a refusal", () => {
  const message = "what the leader said";
  // Complete by its type: a new refusal needs a line here.
  const table: Readonly<
    Record<Refusal["code"], { readonly refusal: Refusal; readonly action: PullDecision["action"] }>
  > = {
    unknown_database: { refusal: { code: "unknown_database", message }, action: "leave" },
    other_store: { refusal: { code: "other_store", message }, action: "leave" },
    stale_epoch: { refusal: { code: "stale_epoch", message, epoch: epoch(2) }, action: "retry" },
    diverged: {
      refusal: { code: "diverged", message, epoch: epoch(3), endOffset: logOffset(45) },
      action: "halt",
    },
    below_purge_floor: {
      refusal: { code: "below_purge_floor", message, purgeFloor: logOffset(70) },
      action: "halt",
    },
    bad_request: { refusal: { code: "bad_request", message }, action: "retry" },
    unavailable: { refusal: { code: "unavailable", message }, action: "retry" },
  };

  test.each(Object.entries(table))("%s", (_code, { refusal, action }) => {
    const decision = decidePull(position, { refusal });
    expect(decision.action).toBe(action);
    if ("reason" in decision) expect(decision.reason).toContain(message);
    if (decision.action === "halt")
      expect(decision.reason).toContain("move its data directory away");
  });

  const reasonFor = (endOffset: number): string => {
    const refusal = {
      code: "diverged",
      message,
      epoch: epoch(3),
      endOffset: logOffset(endOffset),
    } as const;
    const decision = decidePull(position, { refusal });
    return "reason" in decision ? decision.reason : "";
  };

  test("of a diverged log tells whether committed records are at stake", () => {
    expect(reasonFor(40)).toContain("from 40 on were never committed");
    expect(reasonFor(39)).toContain("from 39 to 40 were committed here and are not on the leader");
  });
});
