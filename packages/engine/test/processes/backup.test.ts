/**
 * Backs up a store of real files while a process writes to it, and restores each backup: of every
 * writer it holds all that was acknowledged before the backup, whole steps only, and nothing that was
 * begun after it.
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

import { open, restoreBackup, verifyDirectory } from "@boxerdb/engine";
import { test } from "vitest";

import { killedStoreOptions } from "./killed-store.ts";
import { stateAfter, writersCollection } from "./writer-history.ts";

const writerScript = join(import.meta.dirname, "backed-up-writer.ts");
const writers = 6;

/** How far each writer was, before a backup and after it. */
interface Bounds {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

test("a backup that is made while a process writes holds a state that the store went through", async () => {
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-backup-"));
  try {
    const backups = [1, 2].map((number) => join(directory, `backup-${number}`));
    const args = [join(directory, "data"), String(writers), ...backups];
    const child = spawn(process.execPath, ["--conditions=source", writerScript, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const bounds: Bounds[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const told: Bounds = JSON.parse(line);
      bounds.push(told);
    }
    deepStrictEqual(await exited, [0, null]);
    equal(bounds.length, backups.length);
    for (const [index, backup] of backups.entries()) {
      ok((await verifyDirectory(backup)).ok);
      const restored = join(directory, `restored-${index}`);
      await restoreBackup(backup, restored);
      await expectState(restored, bounds[index] ?? { before: [], after: [] });
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** The store holds a state of each writer that lies within the bounds. */
async function expectState(directory: string, { before, after }: Bounds): Promise<void> {
  equal(before.length, writers);
  await using store = await open(directory, killedStoreOptions);
  const collection = store.database("app").collection(writersCollection);
  for (const [writer, least] of before.entries()) {
    const state = new Map(await Array.fromAsync(collection.entries({ prefix: `${writer}/` })));
    const steps = Array.from(
      { length: (after[writer] ?? 0) - least + 1 },
      (_, more) => least + more,
    );
    const isPossible = steps.some((step) => isDeepStrictEqual(stateAfter(writer, step), state));
    ok(isPossible, `writer ${writer} between ${least} and ${after[writer]}`);
  }
}
