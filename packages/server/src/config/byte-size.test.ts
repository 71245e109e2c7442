import { describe, expect, test } from "vitest";

import { formatByteSize, parseByteSize } from "./byte-size.ts";

describe("a size in bytes", () => {
  test.each([
    ["0", 0],
    ["4096", 4096],
    ["4096B", 4096],
    ["64MiB", 64 * 1024 * 1024],
    [" 64 mib ", 64 * 1024 * 1024],
    ["1.5KiB", 1536],
    ["1kb", 1000],
    ["2 GB", 2e9],
    ["1GiB", 1024 ** 3],
  ])("%o means %i", (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each(["", "MiB", "64M", "-1", "1e3", "0.1B", "ten", "64MiB64", "9999999999GiB"])(
    "%o means none",
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );

  test.each([
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1024, "1 KiB"],
    [17 * 1024 * 1024, "17 MiB"],
    [1024 ** 3, "1 GiB"],
    [1024 ** 2 + 1, "1048577 bytes"],
  ])("%i is said as %o", (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });
});
