import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

import { nodeFileSystem } from "@boxerdb/engine";

import { CommandError } from "../command-error.ts";

/**
 * Throws CommandError where no file may be written under a name: where there is one already, unless
 * it is to be replaced, where there is something that is not a file, and where there is no directory for it.
 */
export const checkExportPath = async (path: string, replace: boolean): Promise<void> => {
  const found = await statIfExists(path);
  if (found === undefined) {
    const directory = dirname(path);
    if ((await statIfExists(directory)) !== undefined) return;
    throw new CommandError("storage", `there is no directory ${directory}: make it first`);
  }
  if (!found.isFile()) throw new CommandError("usage", `${path} exists and is not a file`);
  if (!replace) {
    throw new CommandError("usage", `${path} exists: choose another name, or add --force`);
  }
};

/**
 * Writes a file that appears under its name only when it is complete and durable; until then it is
 * written beside it, and a failure leaves nothing behind. A name that ends in `.gz` makes it gzip.
 * Returns its size in bytes. Rejects with what `chunks` throws, or with the error of the file system.
 */
export const writeExportFile = async (
  path: string,
  chunks: AsyncIterable<Buffer>,
): Promise<number> => {
  const partialPath = `${path}.partial-${process.pid}`;
  try {
    // "flush" syncs the file before it is closed.
    const file = createWriteStream(partialPath, { flush: true });
    await (path.endsWith(".gz") ? pipeline(chunks, createGzip(), file) : pipeline(chunks, file));
    const { size } = await stat(partialPath);
    await rename(partialPath, path);
    await nodeFileSystem.syncDirectory(dirname(path));
    return size;
  } catch (error) {
    await rm(partialPath, { force: true });
    throw error;
  }
};

const statIfExists = async (
  path: string,
): Promise<Awaited<ReturnType<typeof stat>> | undefined> => {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};
