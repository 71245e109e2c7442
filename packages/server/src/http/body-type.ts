import type { Exchange } from "./exchange/exchange.ts";

const formType = /^application\/x-www-form-urlencoded\b/i;

/**
 * Whether the body of a request can be taken for one of a type that its `Content-Type` matches. Two more
 * pass for it where no browser sends them: no type at all, and `application/x-www-form-urlencoded`, which
 * is what `curl -d` says of anything. A browser sends either for a page of any other site without asking
 * first, so that such a page could write here.
 */
export function passesFor(exchange: Exchange, pattern: RegExp): boolean {
  const type = exchange.header("content-type");
  if (type !== undefined && pattern.test(type)) return true;
  const fromBrowser =
    exchange.header("origin") !== undefined || exchange.header("sec-fetch-site") !== undefined;
  return !fromBrowser && (type === undefined || formType.test(type));
}

/** The type of a body that is not taken, as a message names it. */
export function namedType(exchange: Exchange): string {
  const type = exchange.header("content-type");
  return type === undefined ? "no content type" : `the type "${type}"`;
}
