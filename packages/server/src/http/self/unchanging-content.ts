import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { acceptedEncoding } from "../accepted-encoding.ts";
import { parseEntityTags } from "../entity-tag.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";

const encodings = ["br", "gzip"] as const;
type Encoding = (typeof encodings)[number] | "identity";

/** Bytes as they are sent in one encoding, and what they are known by. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly tag: string;
}

const brotli = promisify(brotliCompress);
const encoders: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  // Better than this takes many times as long for a few percent.
  br: (bytes) => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: promisify<Uint8Array, Uint8Array>(gzip),
  identity: (bytes) => Promise.resolve(bytes),
};

/**
 * What a server answers the same as long as it runs: read when it is first asked for, compressed once
 * for each encoding that is asked for, and kept.
 */
export class UnchangingContent {
  readonly #load: () => Promise<Uint8Array>;
  #loaded: Promise<Uint8Array> | undefined;
  readonly #type: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #encoded = new Map<Encoding, Promise<Encoded>>();

  /** @param headers what the answer has beside its media type */
  constructor(
    load: () => Promise<Uint8Array>,
    type: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#load = load;
    this.#type = type;
    this.#headers = headers;
  }

  /** Answers 200, or 304 to a client that has it. Rejects as `load` does, and tries again next time. */
  async answer(exchange: Exchange): Promise<Answer> {
    const encoding = acceptedEncoding(exchange.header("accept-encoding"), encodings);
    const { bytes, tag } = await this.#in(encoding);
    const headers = {
      ...this.#headers,
      // To be asked for again each time, which costs a 304: another version may run by then.
      "cache-control": "no-cache",
      vary: "accept-encoding",
      etag: `"${tag}"`,
    };
    if (holds(exchange.header("if-none-match"), tag)) {
      return { status: 304, headers, body: undefined };
    }
    return {
      status: 200,
      headers: {
        "content-type": this.#type,
        ...headers,
        ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
      },
      body: bytes,
    };
  }

  #in(encoding: Encoding): Promise<Encoded> {
    const known = this.#encoded.get(encoding);
    if (known !== undefined) return known;
    const made = this.#encode(encoding);
    this.#encoded.set(encoding, made);
    made.catch(() => {
      this.#loaded = undefined;
      this.#encoded.delete(encoding);
    });
    return made;
  }

  async #encode(encoding: Encoding): Promise<Encoded> {
    const content = await (this.#loaded ??= this.#load());
    const digest = createHash("sha256").update(content).digest("base64url").slice(0, 22);
    const bytes = await encoders[encoding](content);
    return { bytes, tag: encoding === "identity" ? digest : `${digest}-${encoding}` };
  }
}

/** Whether `If-None-Match` names the tag. What is malformed names none: the content is sent. */
function holds(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = ifNoneMatch === undefined ? undefined : parseEntityTags(ifNoneMatch);
  return tags !== undefined && (tags === "*" || tags.some(({ opaque }) => opaque === tag));
}
