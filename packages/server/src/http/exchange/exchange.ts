import type { RequestTarget } from "../request-target.ts";

/** One request, whichever way it came in: by Node's server, or as a `Request` of the web. */
export interface Exchange {
  /** In capitals, as in `GET`. */
  readonly method: string;
  readonly target: RequestTarget;
  /** The name of the request in logs and in its answer; undefined where it came without a server. */
  readonly requestId: string | undefined;
  /** The value of a header, by its name in small letters; several are joined by commas. */
  header(name: string): string | undefined;
  /** All headers, by their names in small letters. */
  headers(): Iterable<readonly [name: string, value: string]>;
  /** Whether somebody has begun to read the body. */
  readonly isBodyTaken: boolean;
  /**
   * The whole body. To be called once.
   *
   * @throws ProblemError (too_large) above `limitBytes`, judged by its declared length or while it
   * arrives; (incomplete_body) where the connection ends first.
   */
  readBody(limitBytes: number): Promise<Uint8Array>;
  /**
   * The body as it arrives, no faster than it is taken, and for as long as it comes on. Throws ProblemError
   * (incomplete_body); (request_timeout) where nothing arrives for too long; and the reason of the signal
   * as soon as that is aborted.
   */
  bodyChunks(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Aborted when the client is gone, or the answer is out. */
  readonly closed: AbortSignal;
}
