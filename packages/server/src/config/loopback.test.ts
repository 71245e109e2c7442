import { expect, test } from "vitest";

import { isLoopback } from "./loopback.ts";

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"])(
  "%s is reached from this machine only",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  "0.0.0.0",
  "::",
  "192.168.0.1",
  "127.example.com",
  "example.com",
  "::ffff:10.0.0.1",
  "",
])("%s may be reached from elsewhere", (host) => {
  expect(isLoopback(host)).toBe(false);
});
