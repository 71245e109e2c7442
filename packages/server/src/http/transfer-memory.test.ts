import { EventEmitter } from "node:events";

import { describe, expect, test } from "vitest";

import { shortBytes, TransferMemory } from "./transfer-memory.ts";

describe("the memory of what is on its way", () => {
  test("is given back, and refuses what goes beyond it", () => {
    const memory = new TransferMemory(1_000_000);
    memory.hold(600_000);
    expect(() => memory.hold(600_000)).toThrow("take 1000000 bytes, the most");
    expect(memory.fullProblem()).toMatchObject({ code: "too_many_requests" });
    expect(memory.heldBytes).toBe(600_000);
    memory.release(600_000);
    memory.hold(1_000_000);
    expect(memory.heldBytes).toBe(1_000_000);
  });

  test("has room for what is short, always", () => {
    const memory = new TransferMemory(1_000_000);
    memory.hold(1_000_000);
    expect(memory.hasRoomFor(shortBytes)).toBe(true);
    expect(memory.hasRoomFor(shortBytes + 1)).toBe(false);
  });

  test("holds what an answer has not sent until it is closed, but nothing of a short one", () => {
    const memory = new TransferMemory(1_000_000);
    const long = Object.assign(new EventEmitter(), { writableLength: 900_000 });
    const short = Object.assign(new EventEmitter(), { writableLength: shortBytes });
    memory.holdUnsent(long);
    memory.holdUnsent(short);
    expect(memory.heldBytes).toBe(900_000);
    for (const answer of [long, short]) answer.emit("close");
    expect(memory.heldBytes).toBe(0);
  });
});
