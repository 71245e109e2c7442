import { vi } from "vitest";

/** Tries again until `check` passes, and rejects with what it last said when that takes too long. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 60_000, interval: 5 });
}
