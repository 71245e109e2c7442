import { vi } from "vitest";

/** Waits until a check no longer throws, for as long as a busy machine may take; resolves to what it returns. */
export const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: 60_000, interval: 5 });
