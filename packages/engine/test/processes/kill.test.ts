/**
 * Kills a process that writes, at random moments, over and over on the same directory. Each time all
 * that it had told to be acknowledged must be there, and of each writer's last step all or nothing.
 *
 * BOXERDB_KILL_ROUNDS sets how many times.
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

import { open } from "@boxerdb/engine";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { killedStoreOptions } from "./killed-store.ts";
import { stateAfter, writersCollection } from "./writer-history.ts";

const rounds = Number(process.env["BOXERDB_KILL_ROUNDS"] ?? 24);
const writers = 12;
const writerScript = join(import.meta.dirname, "document-writer.ts");

/** How far the writers came, as the parent knows. */
interface Progress {
  /** The acknowledged steps of each writer. */
  readonly steps: number[];
  /** Where the log ended when the store was opened last. */
  endOffset: number;
  /** The greatest offset that was acknowledged since. */
  acknowledged: number;
}

/** Has a process write until so many steps were acknowledged, then kills it. */
async function writeAndKill(directory: string, progress: Progress, steps: number): Promise<void> {
  const args = ["--conditions=source", writerScript, directory, ...progress.steps.map(String)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let seen = 0;
  if (steps === 0) child.kill("SIGKILL");
  for await (const line of createInterface({ input: child.stdout })) {
    const [writer = 0, step = 0, offset = 0] = line.split(" ").map(Number);
    equal(step, (progress.steps[writer] ?? 0) + 1);
    progress.steps[writer] = step;
    ok(offset >= progress.endOffset, `offset ${offset} was used before`);
    progress.acknowledged = Math.max(progress.acknowledged, offset);
    if (++seen === steps) child.kill("SIGKILL");
  }
  deepStrictEqual(await exited, [null, "SIGKILL"]);
}

/** Opens the store and compares; takes over steps that were done but not acknowledged. */
async function verify(directory: string, progress: Progress): Promise<number> {
  await using store = await open(directory, killedStoreOptions);
  const database = store.database("app");
  const collection = database.collection(writersCollection);
  for (const [writer, acknowledged] of progress.steps.entries()) {
    const state = new Map(await Array.fromAsync(collection.entries({ prefix: `${writer}/` })));
    const expected = stateAfter(writer, acknowledged);
    const next = stateAfter(writer, acknowledged + 1);
    if (isDeepStrictEqual(state, next)) progress.steps[writer] = acknowledged + 1;
    else deepStrictEqual(sorted(state), sorted(expected), `writer ${writer}, step ${acknowledged}`);
  }
  const status = database.status();
  progress.endOffset = status?.endOffset ?? 0;
  ok(progress.endOffset > progress.acknowledged);
  return status?.segments.length ?? 0;
}

const sorted = (state: ReadonlyMap<string, unknown>): unknown[] =>
  [...state].toSorted(([a], [b]) => (a < b ? -1 : 1));

test("whenever a process is killed, all that it acknowledged is there", async () => {
  const kills = fc.array(fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 1_500 })), {
    minLength: rounds,
    maxLength: rounds,
  });
  await fc.assert(
    fc.asyncProperty(kills, async (kills) => {
      const directory = await mkdtemp(join(tmpdir(), "boxerdb-kill-"));
      try {
        const steps = Array.from({ length: writers }, () => 0);
        const progress = { steps, endOffset: 0, acknowledged: -1 };
        let mostSegments = 0;
        for (const kill of kills) {
          await writeAndKill(directory, progress, kill);
          mostSegments = Math.max(mostSegments, await verify(directory, progress));
        }
        expect(mostSegments).toBeGreaterThan(1);
      } finally {
        await rm(directory, { recursive: true });
      }
    }),
    // Each run kills many times; a smaller case would be another race.
    { numRuns: 1, endOnFailure: true },
  );
});
