import { AbortError } from "../errors.ts";
import type { LogOffset } from "../scalars.ts";

import type { View } from "./view.ts";

interface Waiter {
  readonly offset: LogOffset;
  readonly resolve: (view: View) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Those who want a view of a database as of an offset that its high watermark has not come to. It moves by
 * many records at a time: who moves it has to stop at each offset that `next` names, and deliver there.
 */
export class AwaitedViews {
  readonly #waiters = new Set<Waiter>();

  /** Rejects with AbortError when the signal is aborted before. */
  wait(offset: LogOffset, signal: AbortSignal): Promise<View> {
    return new Promise((resolve, reject) => {
      const abort = (): void =>
        end(() => reject(new AbortError(`waiting for offset ${offset}`, signal.reason)));
      const end = (settle: () => void): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
        settle();
      };
      const waiter = {
        offset,
        resolve: (view: View) => end(() => resolve(view)),
        reject: (error: Error) => end(() => reject(error)),
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
    });
  }

  /** The least offset that is waited for, if it is not beyond `last`. */
  next(last: LogOffset): LogOffset | undefined {
    let least: LogOffset | undefined;
    for (const { offset } of this.#waiters) {
      if (offset <= (least ?? last)) least = offset;
    }
    return least;
  }

  /** Gives everybody who waits for an offset a view of their own. */
  deliver(offset: LogOffset, view: () => View): void {
    for (const waiter of this.#waiters) if (waiter.offset === offset) waiter.resolve(view());
  }

  /** Rejects those who wait for an offset. */
  refuse(offset: LogOffset, error: Error): void {
    for (const waiter of this.#waiters) if (waiter.offset === offset) waiter.reject(error);
  }

  /** Rejects all. */
  fail(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
