import { MemoryFileSystem } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { RottenBit } from "./rotten-bit.ts";

const written = Uint8Array.from({ length: 100 }, (_, index) => index);

/** A disk with one file of which a bit in the middle has flipped. */
function rot() {
  const content = new MemoryFileSystem();
  content.writeBytes("/log", written);
  return { content, rotten: new RottenBit(content, "/log", 50 * 8 + 1) };
}

test("a bit is rotten until it is mended", () => {
  const { content, rotten } = rot();
  expect(content.readBytes("/log")).toEqual(written.with(50, 50 ^ 2));
  expect(rotten.isOn(content)).toBe(true);
  rotten.mend(content);
  expect(content.readBytes("/log")).toEqual(written);
  expect(rotten.isOn(content)).toBe(false);
});

test("a bit is rotten through power cuts, as long as its file is there and holds the same", async () => {
  const { content, rotten } = rot();
  expect(rotten.isOn(content.crash())).toBe(true);
  for (const other of [written, written.with(50, 48).with(51, 0), written.subarray(0, 50)]) {
    const replaced = new MemoryFileSystem();
    replaced.writeBytes("/log", other);
    expect(rotten.isOn(replaced)).toBe(false);
  }
  expect(rotten.isOn(new MemoryFileSystem())).toBe(false);
});
