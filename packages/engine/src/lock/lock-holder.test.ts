import { describe, expect, it } from "vitest";

import {
  currentHolder,
  describeHolder,
  formatHolder,
  type LockHolder,
  onSameMachine,
  parseHolder,
} from "./lock-holder.ts";

const ada: LockHolder = {
  pid: 42,
  hostName: "ada",
  bootId: "boot-1",
  startedAt: "2026-11-23T05:00:00.000Z",
  lockfile: "1:2",
};
const { bootId: _, ...withoutBootId } = ada;

describe("the holder's line", () => {
  it("is one line of JSON, and is read back", () => {
    expect(formatHolder(ada)).toBe(
      '{"pid":42,"hostName":"ada","bootId":"boot-1",' +
        '"startedAt":"2026-11-23T05:00:00.000Z","lockfile":"1:2"}\n',
    );
    expect(parseHolder(formatHolder(ada))).toEqual(ada);
    expect(parseHolder(formatHolder(withoutBootId))).toEqual(withoutBootId);
    const self = currentHolder("3:4");
    expect(parseHolder(formatHolder(self))).toEqual(self);
    expect(self).toMatchObject({ pid: process.pid, lockfile: "3:4" });
  });

  it("is read from the first line alone, while an older one is overwritten", () => {
    expect(parseHolder(`${formatHolder(ada)}rest of a longer line"}\n`)).toEqual(ada);
  });

  it("names nobody unless it is whole", () => {
    const line = formatHolder(ada);
    for (let end = 0; end < line.length; end += 1) {
      expect(parseHolder(line.slice(0, end))).toBeUndefined();
    }
    for (const text of ["\n", "null\n", "1\n", "[]\n", "{}\n", '{"pid":42}\n']) {
      expect(parseHolder(text)).toBeUndefined();
    }
    for (const field of ["pid", "hostName", "bootId", "startedAt", "lockfile"]) {
      expect(parseHolder(`${JSON.stringify({ ...ada, [field]: [] })}\n`)).toBeUndefined();
    }
  });
});

describe("onSameMachine", () => {
  it("goes by the boot, and by the host's name only where there is no boot id", () => {
    expect(onSameMachine(ada, { ...ada, hostName: "container", pid: 1 })).toBe(true);
    expect(onSameMachine(ada, { ...ada, bootId: "boot-2" })).toBe(false);
    expect(onSameMachine(ada, withoutBootId)).toBe(false);
    expect(onSameMachine(withoutBootId, ada)).toBe(false);
    expect(onSameMachine(withoutBootId, { ...withoutBootId, pid: 1 })).toBe(true);
    expect(onSameMachine(withoutBootId, { ...withoutBootId, hostName: "bob" })).toBe(false);
  });
});

it("describeHolder says who it is", () => {
  expect(describeHolder(undefined, ada)).toBe("another process");
  expect(describeHolder(ada, ada)).toBe("this very process (42)");
  expect(describeHolder(ada, { ...ada, pid: 43 })).toBe(
    "process 42 on ada, running since 2026-11-23T05:00:00.000Z",
  );
  expect(describeHolder(ada, { ...ada, bootId: "boot-2" })).toContain("process 42 on ada");
});
