import { setTimeout as pause } from "node:timers/promises";

const PAUSE_MS = 100;

/**
 * Waits until a condition holds. `examine` gives true when it does, else what it saw instead; the
 * last of these is told when the time is over.
 */
export async function until(
  condition: string,
  examine: () => Promise<true | string>,
  { signal, timeoutMs = 60_000 }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const seen = await examine();
    if (seen === true) return;
    if (performance.now() - startedMs > timeoutMs) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${condition}. Last seen: ${seen}`);
    }
    await pause(PAUSE_MS, undefined, { signal });
  }
}
