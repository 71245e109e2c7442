import { expect, test } from "vitest";

import { openAtOneOffset } from "./common-offset.ts";
import type { Content, ContentQuestion, ContentSide, Opened } from "./content-side.ts";

/** A side at an offset that moves by itself between two looks at it. */
class ScriptedSide implements ContentSide {
  readonly isFixed = false;
  readonly name: string;
  readonly asked: (number | undefined)[] = [];
  opened = 0;
  #offset: number;
  readonly #step: () => number;

  /** `step`: by how much it grows before it is asked something. */
  constructor(name: string, offset: number, step: () => number) {
    this.name = name;
    this.#offset = offset;
    this.#step = step;
  }

  async positions() {
    return new Map([["app", { offset: this.#offset, keys: 1 }]]);
  }

  /** Waits for no more than a hundred records. */
  async open({ offset = this.#offset }: ContentQuestion): Promise<Opened> {
    this.asked.push(offset);
    this.#offset += this.#step();
    if (offset < this.#offset) return { refused: "passed" };
    if (offset > this.#offset + (this.#step() > 0 ? 100 : 0)) return { refused: "behind" };
    this.#offset = offset;
    this.opened++;
    const content: Content = {
      offset,
      ranges: () => {
        throw new Error("nobody reads it");
      },
      keys: () => {
        throw new Error("nobody reads it");
      },
      [Symbol.asyncDispose]: async () => {
        this.opened--;
      },
    };
    return { content };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const question = { database: "app", expiresAfter: 0, span: undefined };
const never = new AbortController().signal;

const openBoth = (left: ContentSide, right: ContentSide) =>
  openAtOneOffset(left, right, question, "ranges", never);

test("at rest it is the newest offset, for which the one behind is waited", async () => {
  const leader = new ScriptedSide("leader", 41, () => 0);
  const follower = new ScriptedSide("follower", 30, () => 1);
  await using contents = await openBoth(leader, follower);
  expect([contents.left.offset, contents.right.offset]).toEqual([41, 41]);
  expect(leader.asked).toEqual([41]);
});

test("under writers it is one that nobody has passed", async () => {
  const leader = new ScriptedSide("leader", 1_000, () => 50);
  const follower = new ScriptedSide("follower", 990, () => 50);
  await using contents = await openBoth(leader, follower);
  expect(contents.left.offset).toBe(contents.right.offset);
  expect([leader.opened, follower.opened]).toEqual([1, 1]);
});

test("when the writers stop it is the newest again", async () => {
  let calls = 0;
  const pauses = () => (++calls === 1 ? 5 : 0);
  const leader = new ScriptedSide("leader", 10, pauses);
  const follower = new ScriptedSide("follower", 15, () => 0);
  await using contents = await openBoth(leader, follower);
  expect(contents.left.offset).toBe(15);
});

test("a side that stands still behind the other is given up, and told", async () => {
  const leader = new ScriptedSide("leader", 41, () => 0);
  const stuck = new ScriptedSide("stuck", 7, () => 0);
  await expect(openBoth(leader, stuck)).rejects.toMatchObject({
    exit: "unavailable",
    message: expect.stringMatching(/leader is at offset 41, stuck at 7/),
  });
  expect(leader.opened).toBe(0);
});

test("where one side fails, the other one is let go of", async () => {
  const leader = new ScriptedSide("leader", 41, () => 0);
  const broken = new ScriptedSide("broken", 41, () => {
    throw new Error("it broke");
  });
  await expect(openBoth(leader, broken)).rejects.toThrow("it broke");
  expect(leader.opened).toBe(0);
});
