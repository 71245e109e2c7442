import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a directory. Persisted as one line of JSON in the file LOCK, by these names. */
export interface LockHolder {
  readonly pid: number;
  readonly hostName: string;
  /** Random for each boot of a machine; absent where the system has none (all but Linux). */
  readonly bootId?: string;
  /** When the process started, in ISO 8601. */
  readonly startedAt: string;
  /** Which lockfile the holder made: see `lockfileIdentity`. */
  readonly lockfile: string;
}

/** This process as the holder of `lockfile`. */
export function currentHolder(lockfile: string): LockHolder {
  const holder = {
    pid: process.pid,
    hostName: hostname(),
    startedAt: new Date(performance.timeOrigin).toISOString(),
    lockfile,
  };
  const bootId = readBootId();
  return bootId === undefined ? holder : { ...holder, bootId };
}

/** The line for the file LOCK. */
export function formatHolder(holder: LockHolder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Reads the line back; undefined where there is none, or no whole one. */
export function parseHolder(text: string): LockHolder | undefined {
  const line = text.slice(0, text.indexOf("\n") + 1);
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    // Empty, or read while its holder was writing it: nobody to name.
    return undefined;
  }
  return isHolder(parsed) ? parsed : undefined;
}

/**
 * Whether the two ran on one machine that was not restarted between, so that a kernel lock that the
 * one holds shows that the other no longer does. Host names decide only where there is no boot id:
 * two machines may share a name.
 */
export function onSameMachine(a: LockHolder, b: LockHolder): boolean {
  return a.bootId === undefined && b.bootId === undefined
    ? a.hostName === b.hostName
    : a.bootId === b.bootId;
}

/** For people: who it is. */
export function describeHolder(holder: LockHolder | undefined, self: LockHolder): string {
  if (holder === undefined) return "another process";
  if (holder.pid === self.pid && onSameMachine(holder, self)) {
    return `this very process (${holder.pid})`;
  }
  return `process ${holder.pid} on ${holder.hostName}, running since ${holder.startedAt}`;
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "hostName" in value &&
    typeof value.hostName === "string" &&
    (!("bootId" in value) || typeof value.bootId === "string") &&
    "startedAt" in value &&
    typeof value.startedAt === "string" &&
    "lockfile" in value &&
    typeof value.lockfile === "string"
  );
}

function readBootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
