import { mkdir, readdir, writeFile } from "node:fs/promises";

import {
  AbortError,
  DirectoryNotEmptyError,
  InvalidBackupError,
  open,
  type WorkOptions,
} from "@boxerdb/engine";
import { Header } from "tar";
import { beforeAll, afterAll, expect, test } from "vitest";

import { filesIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { StagedBackup } from "../../http/backup/staged-backup.ts";
import { archiveOf } from "../../http/backup/tar-archive.ts";

import { receiveBackup } from "./received-backup.ts";

let directory: TemporaryDirectory;
/** What a server sends, in blocks of a tar archive. */
let archive: Buffer;
let sentFiles: string[];
beforeAll(async () => {
  directory = await TemporaryDirectory.create();
  await using store = await open(directory.join("data"));
  await store.database("App").collection("c").put("k", "x".repeat(3_000));
  await using staged = await StagedBackup.make(store, new AbortController().signal);
  sentFiles = staged.files.map(({ path }) => path).toSorted();
  const chunks = archiveOf(staged.directory, staged.files, new Date(0));
  archive = Buffer.concat(await Array.fromAsync(chunks));
});
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

const receive = (
  bytes: Buffer,
  name: string,
  { signal = new AbortController().signal, onProgress = () => {} }: WorkOptions = {},
) => {
  const chunks = (async function* () {
    for (let at = 0; at < bytes.byteLength; at += 512) yield bytes.subarray(at, at + 512);
  })();
  const incoming = { bytes: bytes.byteLength, chunks };
  return receiveBackup(() => Promise.resolve(incoming), directory.join(name), {
    signal,
    onProgress,
  });
};

test("a backup is there when all of it has come", async () => {
  const description = await receive(archive, "whole");
  expect(description.databases).toMatchObject([{ name: "App", offset: 2 }]);
  expect(await filesIn(directory.join("whole"))).toEqual(sentFiles);
});

test("wherever it is cut off, nothing is left", async () => {
  for (let length = 0; length < archive.byteLength - 1_024; length += 512) {
    await expect(receive(archive.subarray(0, length), "cut")).rejects.toThrow(InvalidBackupError);
    expect(await filesIn(directory.join("cut"))).toEqual([]);
  }
  await receive(archive, "cut");
});

test("a bit that changed on the way is found", async () => {
  // In the middle of the value, where nothing but a checksum knows better.
  const changed = Buffer.from(archive);
  const position = archive.indexOf("x".repeat(1_000));
  changed[position] = 0x79;
  await expect(receive(changed, "changed")).rejects.toThrow("is not as it was when");
  expect(await filesIn(directory.join("changed"))).toEqual([]);
});

test("called off while it comes or while it is checked, nothing is left", async () => {
  for (const share of [0.6, 0.9]) {
    const controller = new AbortController();
    const onProgress = (done: number, total: number): void => {
      if (done / total > share) controller.abort();
    };
    const receiving = receive(archive, "stopped", { signal: controller.signal, onProgress });
    await expect(receiving).rejects.toThrow(AbortError);
    expect(await filesIn(directory.join("stopped"))).toEqual([]);
  }
});

test("a file that would lie outside of the directory is refused", async () => {
  for (const path of ["../evil", "/tmp/evil", "databases/../../evil/x", "other"]) {
    const header = Buffer.alloc(512);
    new Header({ path, size: 0, type: "File" }).encode(header);
    const bytes = Buffer.concat([header, archive]);
    await expect(receive(bytes, "evil")).rejects.toThrow(`it holds a file ${path}`);
    expect(await filesIn(directory.join("evil"))).toEqual([]);
  }
});

test("a directory that holds something is left alone", async () => {
  await mkdir(directory.join("full"));
  await writeFile(directory.join("full", "mine"), "mine");
  await expect(receive(archive, "full")).rejects.toThrow("holds mine");
  expect(await filesIn(directory.join("full"))).toEqual(["mine"]);
});

test("of two into one directory at once, the one that has it is not disturbed by the other", async () => {
  const results = await Promise.allSettled([
    receive(archive, "shared"),
    receive(archive, "shared"),
  ]);
  const refused = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  expect(refused).toEqual([expect.any(DirectoryNotEmptyError)]);
  expect(await filesIn(directory.join("shared"))).toEqual(sentFiles);
});

test("a failure removes nothing that somebody else has put there", async () => {
  const foreign = directory.join("taken/BACKUP");
  const chunks = (async function* () {
    await writeFile(foreign, "another's");
    yield archive.subarray(0, 512);
  })();
  const ask = () => Promise.resolve({ bytes: undefined, chunks });
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  await expect(receiveBackup(ask, directory.join("taken"), options)).rejects.toThrow();
  expect(await filesIn(directory.join("taken"))).toEqual(["BACKUP"]);
});

test("directories that were made for what failed go with it", async () => {
  await mkdir(directory.join("kept"));
  const nowhere = async () => Promise.reject(new Error("nobody listens there"));
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  const receiving = receiveBackup(nowhere, directory.join("kept/made/too"), options);
  await expect(receiving).rejects.toThrow("nobody listens there");
  expect(await readdir(directory.join("kept"))).toEqual([]);
});
