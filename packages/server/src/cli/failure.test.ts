import {
  CorruptionError,
  DatabaseNotFoundError,
  DiskFullError,
  FormatError,
  InvalidOptionError,
  LockedError,
  PoisonedError,
} from "@boxerdb/engine";
import { CommanderError } from "commander";
import { expect, test } from "vitest";

import { ConfigurationError } from "../config/configuration-error.ts";
import { StartupError } from "../serve/startup-error.ts";

import { ServerError, UnexpectedAnswerError, UnreachableError } from "./client/errors.ts";
import { CommandError } from "./command-error.ts";
import { describeFailure } from "./failure.ts";
import { ImportStoppedError } from "./import/import-stopped-error.ts";

const answered = (status: number, code = "code"): ServerError =>
  new ServerError({ status, code, message: "no", url: "http://a" });

const systemError = (code: string, syscall: string, path?: string): Error =>
  Object.assign(new Error(`${code}: words, ${syscall}`), { code, syscall, path });

test.each([
  ["notFound", answered(404)],
  ["conflict", answered(409)],
  ["conflict", answered(412)],
  ["unavailable", answered(429)],
  ["unavailable", answered(503)],
  ["unavailable", answered(504)],
  ["failed", answered(400)],
  ["failed", answered(403)],
  ["failed", answered(413)],
  ["failed", answered(500)],
  ["damaged", answered(500, "corrupt")],
  ["unavailable", new UnreachableError("http://a", "away")],
  ["failed", new UnexpectedAnswerError("http://a", "answered 200")],
  ["storage", new CommandError("storage", "no")],
  ["usage", new CommanderError(1, "commander.unknownOption", "error: unknown option")],
  ["usage", new ConfigurationError("no")],
  ["usage", new InvalidOptionError("no")],
  ["address", new StartupError("PORT_IN_USE", "no")],
  ["address", new StartupError("ADDRESS_UNUSABLE", "no")],
  ["storage", new StartupError("DATA_DIRECTORY_UNUSABLE", "no")],
  ["storage", new LockedError("no")],
  ["storage", new FormatError("NOT_A_STORE", "no")],
  ["storage", new PoisonedError("no")],
  ["storage", new DiskFullError("no")],
  ["damaged", new CorruptionError("file", 5, "no")],
  ["notFound", new DatabaseNotFoundError("none")],
  ["storage", systemError("ENOENT", "open", "/missing")],
  ["failed", new Error("unforeseen")],
  ["failed", "not even an error"],
] as const)("ends as %s: %s", (exit, error) => {
  expect(describeFailure(error).exit).toBe(exit);
});

test("an error of the operating system is put into words", () => {
  const missing = describeFailure(systemError("ENOENT", "open", "/missing"));
  expect(missing).toMatchObject({ code: "ENOENT", message: "/missing: it does not exist" });
  const odd = describeFailure(systemError("EXDEV", "rename"));
  expect(odd.message).toBe("rename: EXDEV: words, rename");
});

test("only what nobody foresaw is unexpected", () => {
  expect(describeFailure(new TypeError("x is undefined")).unexpected).toBe(true);
  expect(describeFailure(answered(500)).unexpected).toBeUndefined();
});

test("an import that stopped ends as its cause does, and tells how far it came", () => {
  const stored = { documents: 12, lines: 20 };
  expect(describeFailure(new ImportStoppedError(answered(503), stored, "from line"))).toEqual({
    exit: "unavailable",
    code: "code",
    message:
      "no\nAcknowledged up to line 20 (12 documents in this run): continue with --from-line 21",
    details: { documents: 12, acknowledgedLine: 20 },
  });
});
