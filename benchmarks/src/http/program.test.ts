import { expect, test } from "vitest";

import { describeProgram, isInstalled, versionIn, type Program } from "./program.ts";

const absent: Program = { command: "no-such-program", versionCommand: ["no-such-program", "-v"] };

test.each([
  ["wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012", "4.1.0"],
  ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15"],
  ["etcd Version: 3.4.23\nGo Version: go1.19.8", "3.4.23"],
  ["0.1.9+dfsg-1.1", "0.1.9"],
  ["no version", undefined],
])("the version in %j", (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test("programs are found on PATH and tell their versions", async () => {
  const sh: Program = { command: "sh", versionCommand: ["sh", "-c", "echo v1.2; exit 1"] };
  expect(await isInstalled(sh)).toBe(true);
  expect(await describeProgram(sh)).toBe("sh 1.2");
  expect(await isInstalled(absent)).toBe(false);
  expect(await describeProgram(absent)).toBe("no-such-program");
});
