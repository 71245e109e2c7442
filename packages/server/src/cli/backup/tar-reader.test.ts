import { writeFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import { InvalidBackupError } from "@boxerdb/engine";
import * as fc from "fast-check";
import { Header } from "tar";
import { expect, test } from "vitest";

import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { archiveOf } from "../../http/backup/tar-archive.ts";

import { readTar } from "./tar-reader.ts";

/** An archive of files with names of all lengths that databases can have. */
const makeArchive = async (): Promise<{ files: Map<string, Buffer>; archive: Buffer }> => {
  await using directory = await TemporaryDirectory.create();
  const files = new Map([
    ["short", Buffer.from("Hello World!")],
    [`${"d".repeat(200)}/${"n".repeat(150)}`, Buffer.alloc(2_000, "x")],
    [`databases/${"+a".repeat(115)}/00000000000000000000.log`, Buffer.from("a log")],
    [`databases/${"n".repeat(128)}/00000000000000000000.log`, Buffer.from("another")],
    ["empty", Buffer.alloc(0)],
  ]);
  for (const [path, bytes] of files) {
    await mkdir(dirname(directory.join(path)), { recursive: true });
    await writeFile(directory.join(path), bytes);
  }
  const listed = [...files].map(([path, { byteLength: bytes }]) => ({ path, bytes }));
  const chunks = await Array.fromAsync(archiveOf(directory.path, listed, new Date(0)));
  return { files, archive: Buffer.concat(chunks) };
};

/** Bytes as they may arrive: cut anywhere. */
async function* cutAt(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let position = 0;
  for (let index = 0; position < bytes.byteLength; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    yield bytes.subarray(position, position + length);
    position += length;
  }
}

const read = async (chunks: AsyncIterable<Uint8Array>): Promise<Map<string, Buffer>> => {
  const files = new Map<string, Buffer>();
  for await (const { path, content } of readTar(chunks)) {
    files.set(path, Buffer.concat(await Array.fromAsync(content)));
  }
  return files;
};

test("what was archived is read, however it is cut on its way", async () => {
  const { files, archive } = await makeArchive();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }),
      async (cuts) => {
        expect(await read(cutAt(archive, cuts))).toEqual(files);
      },
    ),
    { numRuns: 50 },
  );
});

test("an archive that ends early is refused, wherever it ends", async () => {
  const { archive } = await makeArchive();
  // Without its last block of zeros, which says nothing, it is whole.
  for (let length = 0; length <= archive.byteLength - 1024; length += 100) {
    const begun = cutAt(archive.subarray(0, length), [700]);
    await expect(read(begun)).rejects.toThrow(InvalidBackupError);
  }
});

test("what is no archive of files is refused", async () => {
  const block = (fields: ConstructorParameters<typeof Header>[0]): Buffer => {
    const bytes = Buffer.alloc(512);
    new Header(fields).encode(bytes);
    return bytes;
  };
  const link = block({ path: "STORE", size: 0, type: "SymbolicLink", linkpath: "/etc/passwd" });
  const wide = block({ path: "x", size: 1 << 30, type: "ExtendedHeader" });
  for (const bytes of [Buffer.alloc(1_024, "no"), link, wide]) {
    await expect(read(cutAt(bytes, [512]))).rejects.toThrow(/^what was sent is no backup: /);
  }
});
