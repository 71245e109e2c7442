/**
 * A real file system that is full: a small tmpfs, which a process mounts for itself alone in namespaces of
 * its own, so that nobody has to be root. Linux only; the file systems in memory are full everywhere.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const fillerScript = join(import.meta.dirname, "disk-filler.ts");
const mountAndRun =
  'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" --conditions=source "$3" "$1"';

test.runIf(process.platform === "linux")(
  "on a full disk nothing that was acknowledged is lost, reads go on, and more room is all that it takes",
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "boxerdb-full-"));
    try {
      const namespaces = ["--user", "--map-root-user", "--mount"];
      const command = ["sh", "-c", mountAndRun, "sh", directory, process.execPath, fillerScript];
      const { stdout } = await promisify(execFile)("unshare", [...namespaces, ...command]);
      const { acknowledged, ...seen } = JSON.parse(stdout) as { readonly acknowledged: number };
      // Of eight mebibytes the ballast takes two, and what is prepared ahead little.
      expect(acknowledged).toBeGreaterThan(4_500);
      expect(seen).toEqual({
        refusal: "DISK_FULL",
        readableWhileFull: acknowledged,
        refusedAgain: "DISK_FULL",
        refusedDatabase: "DISK_FULL",
        readableAfterwards: acknowledged,
        written: "",
        ok: true,
      });
    } finally {
      await rmdir(directory);
    }
  },
);
