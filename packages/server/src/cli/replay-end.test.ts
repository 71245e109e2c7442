import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";

import { replayEnd } from "./replay-end.ts";

test("a number is an offset", () => {
  expect(replayEnd("0")).toEqual({ offset: 0 });
  expect(replayEnd("1042")).toEqual({ offset: 1042 });
});

test.each([
  ["2026-03-01T12:00:00Z", Date.UTC(2026, 2, 1, 12)],
  ["2026-03-01T12:00:00.250Z", Date.UTC(2026, 2, 1, 12, 0, 0, 250)],
  ["2026-03-01 12:00+02:00", Date.UTC(2026, 2, 1, 10)],
  ["2026-03-01T12:00", new Date(2026, 2, 1, 12).getTime()],
])("%s is a time", (text, time) => {
  expect(replayEnd(text)).toEqual({ time });
});

test.each([
  "",
  "-1",
  "4.5",
  "noon",
  "2026-03-01",
  "2026-13-01T00:00Z",
  "12:00",
  "99999999999999999",
])("%j is refused", (text) => {
  expect(() => replayEnd(text)).toThrow(InvalidArgumentError);
});
