import { ProblemError } from "./problem.ts";

/**
 * Requests whose bodies may take as long as they want, as long as they come on. Who reads such a body
 * admits it here; who watches the connections tells when it comes on no more.
 */
export class UnhurriedBodies {
  /** By the request. */
  readonly #readers = new WeakMap<object, AbortController>();

  /** Returns the signal that is aborted, with a ProblemError (request_timeout), when the body is late. */
  admit(request: object): AbortSignal {
    const reader = new AbortController();
    this.#readers.set(request, reader);
    return reader.signal;
  }

  has(request: object): boolean {
    return this.#readers.has(request);
  }

  /** Tells the reader that nothing has come for as long as a client may take. */
  giveUp(request: object): void {
    this.#readers.get(request)?.abort(
      new ProblemError({
        code: "request_timeout",
        message: "nothing more of the body has come for as long as --request-seconds allows",
        headers: { connection: "close" },
      }),
    );
  }
}
