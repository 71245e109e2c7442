import { AbortError } from "../errors.ts";
import type { FeedSource } from "../feed/change-feed.ts";
import type { LogOffset } from "../scalars.ts";

/**
 * Resolves when the record at `offset` is applied to a database, which need not exist yet. Rejects with
 * AbortError when the signal is aborted before, and with ClosedError when the store is closed.
 */
export async function whenApplied(
  source: FeedSource,
  offset: LogOffset,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const database = source.find();
    if (database?.hasApplied(offset) === true) return;
    if (signal.aborted) throw new AbortError(`waiting for offset ${offset}`, signal.reason);
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const stops = [source.onCatalogChange(wake), database?.onProgress(wake)];
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    for (const stop of stops) stop?.();
    signal.removeEventListener("abort", wake);
  }
}
