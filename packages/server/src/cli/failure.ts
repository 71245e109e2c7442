import { EngineError } from "@boxerdb/engine";
import { CommanderError } from "commander";
import { z } from "zod";

import { AccessFileError } from "../access/access-file-error.ts";
import { ConfigurationError } from "../config/configuration-error.ts";
import { systemReason } from "../config/system-reason.ts";
import { StartupError, type StartupErrorCode } from "../serve/startup-error.ts";

import {
  ServerError,
  UnexpectedAnswerError,
  UnreachableError,
  UntrustedError,
} from "./client/errors.ts";
import { CommandError } from "./command-error.ts";
import type { ExitCodeName } from "./exit-code.ts";
import { ImportStoppedError } from "./import/import-stopped-error.ts";

/** How a run that failed is to end, and what it says. */
export interface Failure {
  readonly exit: ExitCodeName;
  /** Stable name of what went wrong, for the JSON form. */
  readonly code: string;
  readonly message: string;
  /** More for programs, as in the line that an import had reached. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Nobody foresaw this: the message alone may not be enough to understand it. */
  readonly unexpected?: boolean;
}

/** Judges what a verb threw. This is the only place that chooses an exit code for an error. */
export const describeFailure = (error: unknown): Failure => {
  if (error instanceof ImportStoppedError)
    return { ...describeFailure(error.cause), ...stop(error) };
  if (error instanceof CommandError) return failure(error.exit, error.exit, error);
  if (error instanceof CommanderError) return commandLineFailure(error);
  if (error instanceof AccessFileError) return failure("usage", error.code, error);
  if (error instanceof ConfigurationError) return failure("usage", error.code, error);
  if (error instanceof UnreachableError) return failure("unavailable", "unreachable", error);
  if (error instanceof UntrustedError) return failure("failed", "untrusted", error);
  if (error instanceof UnexpectedAnswerError) return failure("failed", "unexpected_answer", error);
  if (error instanceof ServerError) return failure(exitOfServer(error), error.code, error);
  if (error instanceof StartupError) return failure(exitOfStartup[error.code], error.code, error);
  if (error instanceof EngineError) return failure(exitOfEngine(error.code), error.code, error);
  return systemFailure(error) ?? unexpectedFailure(error);
};

const failure = (exit: ExitCodeName, code: string, error: Error): Failure => ({
  exit,
  code,
  message: error.message,
});

const stop = ({ message, documents, acknowledgedLine }: ImportStoppedError) => ({
  message,
  details: { documents, acknowledgedLine },
});

const commandLineFailure = (error: CommanderError): Failure => ({
  exit: "usage",
  code: "usage",
  message: error.message.replace(/^error: /, "").replace("unknown command", "unknown verb"),
});

/** Codes whose status would make something else of them. */
const failures: readonly string[] = ["no_such_route", "offset_ahead"];

const exitOfServer = ({ status, code }: ServerError): ExitCodeName => {
  if (code === "corrupt") return "damaged";
  if (failures.includes(code)) return "failed";
  if (code === "invalid_line") return "usage";
  switch (status) {
    case 404:
      return "notFound";
    case 409:
    case 412:
      return "conflict";
    case 429:
    case 503:
    case 504:
      return "unavailable";
    default:
      return "failed";
  }
};

const exitOfEngine = (code: string): ExitCodeName => {
  switch (code) {
    case "CORRUPT":
      return "damaged";
    case "ABORT_ERR":
      return "interrupted";
    case "REPAIR_PLAN_OUTDATED":
      return "conflict";
    case "NOT_A_STORE":
    case "FORMAT_UNSUPPORTED":
    case "LOCKED":
    case "LOCK_UNAVAILABLE":
    case "DIRECTORY_NOT_EMPTY":
    case "INVALID_BACKUP":
    case "CATCHING_UP":
    case "POISONED":
    case "DISK_FULL":
      return "storage";
    case "DATABASE_NOT_FOUND":
      return "notFound";
    case "INVALID_KEY":
    case "INVALID_NAME":
    case "INVALID_VALUE":
    case "INVALID_OPTION":
      return "usage";
    default:
      return "failed";
  }
};

const exitOfStartup: Readonly<Record<StartupErrorCode, ExitCodeName>> = {
  PORT_IN_USE: "address",
  ADDRESS_UNUSABLE: "address",
  DATA_DIRECTORY_UNUSABLE: "storage",
};

const systemErrorFields = z.object({
  code: z.string(),
  syscall: z.string(),
  path: z.string().optional(),
});

/** What the operating system refused; undefined for other errors. */
const systemFailure = (error: unknown): Failure | undefined => {
  const parsed = error instanceof Error ? systemErrorFields.safeParse(error) : undefined;
  if (!(error instanceof Error) || parsed?.success !== true) return undefined;
  const { code, syscall, path } = parsed.data;
  const message = `${path ?? syscall}: ${systemReason(error)}`;
  return { exit: "storage", code, message };
};

const unexpectedFailure = (error: unknown): Failure => ({
  exit: "failed",
  code: "unexpected",
  message: error instanceof Error ? error.message : String(error),
  unexpected: true,
});
