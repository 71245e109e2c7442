import { expect, test } from "vitest";

import { formatBytes, formatCount, formatCountOf, formatDuration, formatRate } from "./units.ts";

test("counts have their thousands apart", () => {
  expect(formatCount(0)).toBe("0");
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatCountOf(1, "document")).toBe("1 document");
  expect(formatCountOf(50_000, "document")).toBe("50,000 documents");
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [1_048_575, "1.0 MiB"],
  [5 * 1024 ** 3, "5.0 GiB"],
  [5000 * 1024 ** 4, "5000.0 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0.0 s"],
  [860, "0.9 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [62_000, "1 min 2 s"],
  [3_599_400, "59 min 59 s"],
  [3_720_000, "1 h 2 min"],
])("%d ms are %s", (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test("a rate is a second's; no time makes none", () => {
  expect(formatRate(25_000, 2_000)).toBe("12,500/s");
  expect(formatRate(5, 0)).toBe("0/s");
});
