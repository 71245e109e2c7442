import { expect, test } from "vitest";

import {
  formatProfileSummary,
  parseProfile,
  summarizeProfile,
  type CpuProfile,
} from "./cpu-profile.ts";

const node = (id: number, functionName: string, url = "", lineNumber = -1) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

const profile: CpuProfile = {
  startTime: 1_000,
  nodes: [
    node(1, "(idle)"),
    node(2, "get", "file:///x/packages/server/src/http/keys.ts", 39),
    node(3, "", "file:///x/node_modules/.pnpm/hono@1/node_modules/@hono/node-server/a.js", 0),
    node(4, "writeUtf8String"),
    node(5, "emit", "node:events", 9),
    node(6, "(garbage collector)"),
    // The same function as 2, called from elsewhere.
    node(7, "get", "file:///x/packages/server/src/http/keys.ts", 39),
  ],
  // Starting takes 100 and is left out below; the last sample stands for no time.
  samples: [4, 1, 2, 7, 3, 5, 6, 4, 4],
  timeDeltas: [0, 100, 50, 20, 20, 4, 3, 2, 1],
};

test("time is charged to functions and parts, without what lies outside of the span", () => {
  const summary = summarizeProfile(profile, 1_100, 2_000);
  expect(summary.seconds).toBeCloseTo(0.0001);
  expect(summary.idleShare).toBeCloseTo(0.5);
  expect(formatProfileSummary(summary, 3)).toBe(
    [
      "0.0 s, of which idle 50.0 %; of the rest:",
      "  80.0 %  packages/server",
      "   8.0 %  @hono/node-server",
      "   6.0 %  Node.js",
      "   4.0 %  garbage collector",
      "   2.0 %  native code",
      "",
      "by function, its own time:",
      "  80.0 %  get packages/server/src/http/keys.ts:40",
      "   8.0 %  (anonymous) @hono/node-server/a.js:1",
      "   6.0 %  emit node:events:10",
      "",
    ].join("\n"),
  );
});

test("a span in which nothing was sampled has no shares", () => {
  expect(summarizeProfile(profile, 5_000, 6_000)).toEqual({
    seconds: 0,
    idleShare: 0,
    parts: [],
    functions: [],
  });
});

test("a profile is read back as it was written, and nothing else is", () => {
  expect(parseProfile(JSON.stringify(profile))).toEqual(profile);
  for (const text of ["{}", "[]", '{"nodes":[{}],"samples":[],"timeDeltas":[],"startTime":1}']) {
    expect(() => parseProfile(text)).toThrow("this is no CPU profile");
  }
});
