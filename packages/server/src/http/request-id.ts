import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** By this header a request names itself, and an answer tells the name. */
export const requestIdHeader = "x-request-id";

const loggable = /^[\w.:-]{1,128}$/;

/** Names requests, so that an answer, a line of the log and a client's own log can be put together. */
export class RequestIds {
  /** Tells this run of the server from all others. */
  readonly #run = randomBytes(8).toString("hex");
  #count = 0;

  /** The id that the client gave, if it is one that can stand in a log, else a new one. */
  of(headers: IncomingHttpHeaders): string {
    const given = headers[requestIdHeader];
    if (typeof given === "string" && loggable.test(given)) return given;
    return `${this.#run}-${++this.#count}`;
  }
}
