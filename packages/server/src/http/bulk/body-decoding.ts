import { pipeline, Readable, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

import type { Exchange } from "../exchange/exchange.ts";
import { ProblemError } from "../problem.ts";

const chunkSize = 64 * 1024;

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ["gzip", () => createGunzip({ chunkSize })],
  ["x-gzip", () => createGunzip({ chunkSize })],
  ["zstd", () => createZstdDecompress({ chunkSize })],
]);
const readEncodings = "gzip, zstd, identity";

/**
 * The body of a request as it arrives, decompressed as its `Content-Encoding` says, no faster than it
 * is taken. It ends with the signal's reason when that is aborted.
 *
 * @throws ProblemError (unsupported_media_type) at once for an encoding that is not read; while the body
 * comes, (malformed_encoding) where it is not what the header says, and (incomplete_body).
 */
export function decodedBody(
  exchange: Exchange,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const encoding = exchange.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  const createDecoder = decoders.get(encoding);
  if (createDecoder === undefined && encoding !== "identity") {
    throw new ProblemError({
      code: "unsupported_media_type",
      message: `a body with Content-Encoding "${encoding}" is not read here: use gzip or zstd, or send it uncompressed`,
      headers: { "accept-encoding": readEncodings },
    });
  }
  const source = Readable.from(exchange.bodyChunks(signal), { objectMode: false });
  return createDecoder === undefined ? source : decoded(source, createDecoder(), encoding);
}

async function* decoded(
  source: Readable,
  decoder: Transform,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  // A failure of the source destroys the decoder with it, and is thrown where that is read.
  pipeline(source, decoder, () => undefined);
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    throw new ProblemError(
      {
        code: "malformed_encoding",
        message: `the body is damaged or cut short as ${encoding}, which its Content-Encoding says it is: ${cause.message}`,
      },
      { cause },
    );
  }
}

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  /^(Z_|ZSTD_|ERR_ZSTD)/.test(error.code);
