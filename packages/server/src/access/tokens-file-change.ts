import { constants } from "node:fs";
import { open, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";

import { AccessFileError } from "./access-file-error.ts";
import { readAccessFile } from "./access-file.ts";
import { parseTokenLines, type NumberedToken, type TokenLine } from "./tokens-file.ts";

/** For its owner only, as most have it for such files. */
const newFileMode = 0o600;

const notation =
  "# Tokens of BoxerDB, one a line; `boxerdb token` changes them. The secrets are not in here.\n";

/**
 * Adds a token. Makes the file where there is none.
 *
 * @throws AccessFileError where the name is taken, or the file cannot be used.
 */
export async function addToken(path: string, token: TokenLine): Promise<void> {
  await changeFile(path, (text) => {
    const before = parseTokenLines(path, text);
    const taken = before.find(({ token: { name } }) => name === token.name);
    if (taken !== undefined) {
      throw new AccessFileError(
        `${path}:${taken.line}: there is a token "${token.name}" already: give another name, or ` +
          "revoke it first",
      );
    }
    const start = text === "" ? notation : text.endsWith("\n") ? text : `${text}\n`;
    return `${start}${JSON.stringify(token)}\n`;
  });
}

/** Removes a token by its name. Resolves to it; undefined where there is none of that name. */
export async function removeToken(path: string, name: string): Promise<TokenLine | undefined> {
  let removed: NumberedToken | undefined;
  await changeFile(path, (text) => {
    removed = parseTokenLines(path, text).find(({ token }) => token.name === name);
    const gone = removed?.line;
    if (gone === undefined) return undefined;
    return text
      .split("\n")
      .filter((_, index) => index + 1 !== gone)
      .join("\n");
  });
  return removed?.token;
}

/** The tokens of a file. Throws AccessFileError. */
export const readTokens = (path: string): readonly TokenLine[] =>
  parseTokenLines(path, readAccessFile("the tokens file", path).text).map(({ token }) => token);

/**
 * Writes the changed text beside the file and puts it in its place, so that a server never reads half
 * of it. The new file is also the lock: there is one change at a time. `change` returns undefined where
 * nothing is to be changed.
 */
async function changeFile(
  givenPath: string,
  change: (text: string) => string | undefined,
): Promise<void> {
  const path = await targetOf(givenPath);
  const newPath = `${path}.new`;
  const exclusively = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = await open(newPath, exclusively, newFileMode).catch((cause: unknown) => {
    throw cannotWrite(newPath, cause);
  });
  try {
    const before = await attributesOf(path);
    const changed = change(
      before === undefined ? "" : readAccessFile("the tokens file", path).text,
    );
    if (changed === undefined) {
      await unlink(newPath);
      return;
    }
    await file.writeFile(changed);
    if (before !== undefined) {
      await file.chmod(before.mode);
      const own = await file.stat();
      if (own.uid !== before.uid || own.gid !== before.gid) {
        await file.chown(before.uid, before.gid);
      }
    }
    await file.sync();
    await rename(newPath, path);
  } catch (error) {
    await unlink(newPath);
    throw error;
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}

/** Where a link leads to, so that the link stays one. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}

async function attributesOf(
  path: string,
): Promise<{ readonly mode: number; readonly uid: number; readonly gid: number } | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { mode: mode & 0o7777, uid, gid };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

function cannotWrite(newPath: string, cause: unknown): AccessFileError {
  const reason =
    codeOf(cause) === "EEXIST"
      ? "it exists: another command is changing the tokens now; if none is, one was stopped: remove it"
      : cause instanceof Error
        ? cause.message
        : String(cause);
  return new AccessFileError(`${newPath} cannot be written: ${reason}`, { cause });
}
