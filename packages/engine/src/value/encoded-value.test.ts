import { expect, test } from "vitest";

import { EncodedValue } from "./encoded-value.ts";

test("an encoded value has memory of its own length", () => {
  const { bytes } = EncodedValue.of("x".repeat(70_000));
  expect(bytes.byteLength).toBe(70_005);
  expect(bytes.buffer.byteLength).toBe(70_005);
});
