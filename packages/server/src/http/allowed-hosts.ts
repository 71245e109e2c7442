import { isLoopback } from "../config/loopback.ts";

/**
 * Whether a request's `Host` header names this server. A server that only this machine can reach, and
 * that asks nobody who they are, must look at it: a page of another site can have its own name point to
 * 127.0.0.1, and would then be of the same origin as this API.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  /** The header that was allowed last, which most likely comes again. */
  #lastAllowed: string | undefined;

  /** `urls`: where this server is reached, beside the names of the loopback addresses. */
  constructor(urls: readonly string[]) {
    this.#names = new Set(urls.map((url) => new URL(url).hostname));
  }

  allows(hostHeader: string): boolean {
    if (hostHeader === this.#lastAllowed) return true;
    const name = hostHeader.toLowerCase().replace(/:\d*$/, "");
    const isAllowed = isLoopback(name) || this.#names.has(name);
    if (isAllowed) this.#lastAllowed = hostHeader;
    return isAllowed;
  }
}
