/**
 * What the process tells the shell. These numbers are a contract with scripts: each keeps its
 * meaning, and a retired one is not given another.
 */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  unavailable: 5,
  storage: 6,
  address: 7,
  damaged: 8,
  unhealthy: 9,
  interrupted: 130,
} as const;

/** The name of an exit code, as `--help` and the JSON form of an error have it. */
export type ExitCodeName = keyof typeof exitCode;

/** One of the numbers that the process may end with. */
export type ExitCode = (typeof exitCode)[ExitCodeName];

const meanings: readonly (readonly [ExitCodeName, string])[] = [
  ["ok", "done"],
  ["failed", "the server refused, or something unexpected happened"],
  ["usage", "unknown verb, flag or argument, or input that is not valid"],
  ["notFound", "there is no such key or database"],
  ["conflict", "a condition did not hold; nothing was written"],
  ["unavailable", "the server cannot be reached or is not ready: try again later"],
  ["storage", "the directory is in use, not a store, unreadable, or the disk is full"],
  ["address", "the port is in use, or may not be listened on"],
  ["damaged", "damage was found on disk"],
  ["unhealthy", "the cluster answers, and somebody should see to something: the output says what"],
  ["interrupted", "stopped by Ctrl-C or SIGTERM before it was done"],
];

/** The table of exit codes that ends a `--help` text: all, or those that a verb can end with. */
export const exitCodeTable = (names?: readonly ExitCodeName[]): string => {
  const lines = meanings
    .filter(([name]) => names === undefined || names.includes(name))
    .map(([name, meaning]) => `  ${String(exitCode[name]).padStart(3)}  ${meaning}`);
  return ["Exit codes:", ...lines].join("\n");
};
