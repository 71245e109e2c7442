import { ConflictError, logOffset, type LogOffset } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { differs, matches, preconditionOf, writeIf } from "./precondition.ts";
import { ProblemError } from "./problem.ts";

const condition = (headers: Record<string, string>) => {
  const read = preconditionOf({ header: (name) => headers[name] });
  if (read === undefined) throw new Error("there is no condition");
  return read;
};

const holds = (headers: Record<string, string>, offset: number | null): boolean =>
  matches(condition(headers), offset) && differs(condition(headers), offset);

describe("conditions of a request", () => {
  test("without a header there is none", () => {
    expect(preconditionOf({ header: () => undefined })).toBeUndefined();
  });

  test.each<[Record<string, string>, boolean, boolean, boolean]>([
    // holds of: absent, 41, 42
    [{ "if-match": "*" }, false, true, true],
    [{ "if-match": '"41"' }, false, true, false],
    [{ "if-match": 'W/"41"' }, false, false, false],
    [{ "if-match": '"41", "42"' }, false, true, true],
    [{ "if-match": '"041"' }, false, false, false],
    [{ "if-none-match": "*" }, true, false, false],
    [{ "if-none-match": '"41"' }, true, false, true],
    [{ "if-none-match": 'W/"41"' }, true, false, true],
    [{ "if-match": "*", "if-none-match": '"41"' }, false, false, true],
    [{ "if-match": "*", "if-none-match": "*" }, false, false, false],
  ])("%o", (headers, absent, at41, at42) => {
    expect([holds(headers, null), holds(headers, 41), holds(headers, 42)]).toEqual([
      absent,
      at41,
      at42,
    ]);
  });

  test.each(["if-match", "if-none-match"])("a malformed %s is refused", (header) => {
    expect(() => condition({ [header]: "41" })).toThrow(ProblemError);
  });
});

/** A key that others write to: each try of ours finds the next of these offsets. */
function contended(offsets: readonly (number | null)[]) {
  let tries = 0;
  const actual = (): LogOffset | null => {
    const offset = offsets[Math.min(tries, offsets.length - 1)] ?? null;
    return offset === null ? null : logOffset(offset);
  };
  const write = async ({ ifOffset }: { ifOffset?: LogOffset | null }): Promise<string> => {
    const expected = ifOffset === undefined ? actual() : ifOffset;
    const actualOffset = actual();
    tries++;
    if (actualOffset === expected) return `over ${actualOffset}`;
    throw new ConflictError({
      collection: "c",
      key: "k",
      expectedOffset: expected,
      actualOffset,
      checkIndex: 0,
    });
  };
  return { current: actual, write, tries: () => tries };
}

describe("a conditional write", () => {
  test("without a condition is a write", async () => {
    const key = contended([41, 42]);
    expect(await writeIf(undefined, () => null, key.write)).toBe("over 41");
  });

  test("of one offset is tried once, whatever is visible", async () => {
    const key = contended([41]);
    expect(await writeIf(condition({ "if-match": '"41"' }), () => null, key.write)).toBe("over 41");
    expect(key.tries()).toBe(1);
  });

  test("that more offsets fit is tried again with the one that came between", async () => {
    const key = contended([2, 3, 5]);
    const visible = () => logOffset(1);
    expect(await writeIf(condition({ "if-match": "*" }), visible, key.write)).toBe("over 5");
    expect(key.tries()).toBe(4);
  });

  test("writes over an offset that the condition fits, or is refused", async () => {
    const tags = fc.subarray(["1", "2", "3"], { minLength: 1 });
    const headers = fc.oneof(
      tags.map((list) => ({ "if-match": list.map((tag) => `"${tag}"`).join() })),
      tags.map((list) => ({ "if-none-match": list.map((tag) => `"${tag}"`).join() })),
      fc.constantFrom({ "if-match": "*" }, { "if-none-match": "*" }),
    );
    const history = fc.uniqueArray(fc.constantFrom(null, 1, 2, 3, 4), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(headers, history, async (given, offsets) => {
        const key = contended(offsets);
        const last = offsets.at(-1) ?? null;
        try {
          const written = await writeIf(condition(given), key.current, key.write);
          const over = offsets.find((offset) => written === `over ${offset}`) ?? null;
          expect(holds(given, over)).toBe(true);
        } catch (error) {
          // It was refused for a state that was there and does not fit.
          expect(error instanceof ConflictError || error instanceof ProblemError).toBe(true);
          expect(offsets.some((offset) => !holds(given, offset)) || last === null).toBe(true);
        }
      }),
    );
  });

  test("gives up what the engine contradicts itself about", async () => {
    const broken = async (): Promise<never> => {
      throw new ConflictError({
        collection: "c",
        key: "k",
        expectedOffset: 1,
        actualOffset: 1,
        checkIndex: 0,
      });
    };
    await expect(
      writeIf(condition({ "if-match": "*" }), () => logOffset(1), broken),
    ).rejects.toBeInstanceOf(ConflictError);
  });
});
