/** Ctrl-C in the middle of what reads and writes whole directories: nothing half-done is left. */
import { once } from "node:events";
import { access, mkdir, readdir } from "node:fs/promises";
import { createServer, get } from "node:http";

import { open, verifyDirectory } from "@boxerdb/engine";
import { expect, onTestFinished, test } from "vitest";

import { StagedBackup } from "../../src/http/backup/staged-backup.ts";
import { archiveBytes, archiveOf } from "../../src/http/backup/tar-archive.ts";
import { startTestServer } from "../test-server.ts";

import { endOf, startBoxerdb } from "./cli-process.ts";
import { filesIn } from "./stored-files.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

const MiB = 1 << 20;
const keys = ["a", "b", "c", "d", "e", "f"];

/** A store of 96 MiB, each key of which was written four times: so large that work on it takes a while. */
const writeStore = async (directory: string): Promise<void> => {
  await using store = await open(directory, { segmentBytes: 16 * MiB, compaction: "manual" });
  const collection = store.database("app").collection("c");
  for (let round = 0; round < 4; round++) {
    for (const key of keys) await collection.put(key, Buffer.alloc(4 * MiB, `${key}${round}`));
  }
};

const expectWhole = async (directory: string): Promise<void> => {
  expect((await verifyDirectory(directory)).ok).toBe(true);
  await using store = await open(directory, { createIfMissing: false });
  for (const key of keys) {
    const value = await store.database("app").collection<Uint8Array>("c").get(key);
    expect(Buffer.from(value ?? []).equals(Buffer.alloc(4 * MiB, `${key}3`))).toBe(true);
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const seen = { interval: 2, timeout: 30_000 };

test("Ctrl-C in a restore leaves no data directory, and the backup as it was", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  {
    await using store = await open(directory.join("data"));
    await store.backup(directory.join("backup"));
  }
  const target = directory.join("restored");
  const restoring = startBoxerdb(["restore", directory.join("backup"), target]);
  const ended = endOf(restoring);
  await expect.poll(() => exists(`${target}/databases.partial`), seen).toBe(true);
  restoring.kill("SIGINT");
  const { code, out, err } = await ended;
  expect({ code, out }).toEqual({ code: 130, out: "" });
  expect(err).toBe(`error: stopped as asked: nothing was restored to ${target}\n`);
  expect(await filesIn(target)).toEqual([]);
  const again = await endOf(startBoxerdb(["restore", directory.join("backup"), target]));
  expect(again.code).toBe(0);
  await expectWhole(target);
});

test("Ctrl-C in a compaction leaves a sound data directory", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  await writeStore(data);
  const logs = async (): Promise<string[]> =>
    (await filesIn(data)).filter((path) => /databases\/app\/\d/.test(path));
  const before = await logs();
  const compacting = startBoxerdb(["compact", data]);
  const ended = endOf(compacting);
  await expect.poll(async () => (await logs()).join() === before.join(), seen).toBe(false);
  compacting.kill("SIGINT");
  const { code, err } = await ended;
  expect(code).toBe(130);
  expect(err).toBe(
    "error: stopped as asked: what was compacted by then stays so, the rest is as it was\n",
  );
  await expectWhole(data);
  expect((await endOf(startBoxerdb(["compact", data]))).code).toBe(0);
  await expectWhole(data);
});

test("Ctrl-C in a download leaves nothing that passes for a backup", async () => {
  await using directory = await TemporaryDirectory.create();
  await using store = await open(directory.join("data"));
  await store.database("app").collection("c").put("k", Buffer.alloc(MiB));
  await using staged = await StagedBackup.make(store, new AbortController().signal);
  const modified = new Date(0);
  // Sends half of a backup, and then nothing any more.
  const server = createServer((_, outgoing) => {
    const bytes = archiveBytes(staged.files, modified);
    outgoing.writeHead(200, { "content-type": "application/x-tar", "content-length": bytes });
    void (async () => {
      let sent = 0;
      for await (const chunk of archiveOf(staged.directory, staged.files, modified)) {
        outgoing.write(chunk);
        if ((sent += chunk.byteLength) > bytes / 2) return;
      }
    })();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;

  const target = directory.join("backup");
  const receiving = startBoxerdb(["backup", target, "--url", `http://127.0.0.1:${port}`]);
  const ended = endOf(receiving);
  await expect.poll(() => filesIn(target), seen).not.toEqual([]);
  receiving.kill("SIGINT");
  const { code, err } = await ended;
  expect(code).toBe(130);
  expect(err).toBe(`error: stopped as asked: nothing was kept in ${target}\n`);
  expect(await exists(target)).toBe(false);
});

test("a server keeps nothing of a backup whose client has gone, or that was killed", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  await writeStore(data);
  const partial = `${data}/backups.partial`;
  await mkdir(`${partial}/of-a-server-that-was-killed/databases`, { recursive: true });
  await using server = await startTestServer({ dataDir: data });
  expect(await exists(partial)).toBe(false);
  const request = get(`${server.url}/api/v2/_backup`);
  request.on("error", () => {}); // It is destroyed below.
  const [response] = await once(request, "response");
  await once(response, "data");
  expect(await readdir(partial)).toHaveLength(1);
  request.destroy();
  await expect.poll(() => readdir(partial), seen).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "a data directory that cannot be made is told, and does not keep a server busy for ever",
  async () => {
    const ports = ["--port", "0", "--peer-port", "0", "--log-level", "silent"];
    const serving = startBoxerdb(["serve", ...ports, "--data-dir", "/proc/boxerdb"]);
    const { code, err } = await endOf(serving);
    expect(code).toBe(6);
    expect(err).toBe(
      "error: the data directory /proc/boxerdb cannot be used: it cannot be made there: give " +
        "another --data-dir\n",
    );
  },
);
