import { exitCode } from "./exit-code.ts";
import type { Failure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Set to anything, it makes errors tell where they arose. */
export const debugVariable = "BOXERDB_DEBUG";

/**
 * Tells of a failure on standard error: in words, or as one line of JSON where the arguments ask for
 * it. Does not wait: nothing follows, and standard error may be closed.
 */
export const reportFailure = (
  failure: Failure,
  error: unknown,
  args: readonly string[],
  { stderr, environment }: Terminal,
): void => {
  if (asksForJson(args)) {
    const { exit, code, message, details } = failure;
    const problem = { code, message, exitCode: exitCode[exit], ...details };
    stderr.stream.write(`${JSON.stringify({ error: problem })}\n`);
    return;
  }
  stderr.stream.write(`${stderr.styled("red", "error:")} ${failure.message}\n`);
  if (asksForStack(args, environment)) {
    if (error instanceof Error) stderr.stream.write(`${error.stack ?? ""}\n`);
  } else if (failure.unexpected === true) {
    stderr.stream.write(`This was not foreseen: ${debugVariable}=1 tells where it arose\n`);
  }
};

/** Of the arguments themselves, as they may not have been understood. */
const asksForJson = (args: readonly string[]): boolean => {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).includes("--json");
};

const talkativeLevels: readonly (string | undefined)[] = ["debug", "trace"];

const asksForStack = (args: readonly string[], environment: Terminal["environment"]): boolean => {
  const flag = args.indexOf("--log-level");
  const level = flag === -1 ? environment["BOXERDB_LOG_LEVEL"] : args[flag + 1];
  return talkativeLevels.includes(level) || (environment[debugVariable] ?? "") !== "";
};
