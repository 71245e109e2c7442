/** What has become of a call so far. */
export function outcomeOf<Result>(call: Promise<Result>): { readonly outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "waiting" };
  call.then(
    (result) => (seen.outcome = result),
    (error: unknown) => (seen.outcome = error),
  );
  return seen;
}

/** Resolves when all that does not wait for time has come about. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
