import { expect } from "vitest";

/** How to take note of what came of an attempt; it is unknown as long as neither is called. */
export interface Attempt {
  acknowledged(offset: number): void;
  /** It was not even tried. */
  refused(): void;
}

/** What a key was given, attempt by attempt, none of them at the same time as another. */
interface KeyHistory {
  readonly attempts: string[];
  /** The last attempt that was acknowledged, and its offset. */
  acknowledged: { readonly attempt: number; readonly offset: number } | undefined;
}

/** What a node has, by key. */
export type Entries = ReadonlyMap<string, { readonly value: unknown; readonly offset: number }>;

/** All writes that clients have tried, and what must hold of what they left. */
export class WriteHistory {
  readonly #keys = new Map<string, KeyHistory>();
  #acknowledged = 0;

  /** How many writes were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Takes note of an attempt. */
  begin(key: string, value: string): Attempt {
    let history = this.#keys.get(key);
    if (history === undefined) {
      history = { attempts: [], acknowledged: undefined };
      this.#keys.set(key, history);
    }
    const { attempts } = history;
    const attempt = attempts.push(value) - 1;
    return {
      acknowledged: (offset) => {
        // A later acknowledgement has a later offset: the log is the order of the writes.
        expect(offset).toBeGreaterThan(history.acknowledged?.offset ?? -1);
        history.acknowledged = { attempt, offset };
        this.#acknowledged++;
      },
      refused: () => void attempts.pop(),
    };
  }

  /**
   * Checks what a node has at the end: of each key the last value that was acknowledged, at its
   * offset, or one of later attempts whose outcome nobody knows; and no key that nobody wrote.
   */
  check(entries: Entries): void {
    for (const key of entries.keys()) expect(this.#keys.has(key)).toBe(true);
    for (const [key, { attempts, acknowledged }] of this.#keys) {
      const entry = entries.get(key);
      if (acknowledged === undefined && entry === undefined) continue;
      const last = acknowledged?.attempt ?? 0;
      expect(attempts.slice(last), `the value of ${key}`).toContain(entry?.value);
      if (acknowledged === undefined) continue;
      if (entry?.value === attempts[last]) expect(entry?.offset).toBe(acknowledged.offset);
      else expect(entry?.offset).toBeGreaterThan(acknowledged.offset);
    }
  }
}
