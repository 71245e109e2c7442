import { isIP } from "node:net";

/**
 * Whether a request's `Host` header names this server. A server that asks nobody who they are must look
 * at it: a page of another site can have its own name point to this server's address, and would then be
 * of the same origin as this API. That takes a name, so addresses are taken whichever they are.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  /** The header that was allowed last, which most likely comes again. */
  #lastAllowed: string | undefined;

  /** @param names of this server, beside `localhost` */
  constructor(names: readonly string[]) {
    this.#names = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  }

  allows(hostHeader: string): boolean {
    if (hostHeader === this.#lastAllowed) return true;
    const name = hostHeader.toLowerCase().replace(/:\d*$/, "");
    const isAllowed = isAddress(name) || this.#names.has(name);
    if (isAllowed) this.#lastAllowed = hostHeader;
    return isAllowed;
  }
}

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
