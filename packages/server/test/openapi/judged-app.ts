import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";

import type { ApiApp } from "../../src/http/api-context.ts";

import { DescribedApi, isJson } from "./described-api.ts";

let api: DescribedApi | undefined;

/** Has an app's `request` reject where an answer is not as the API describes itself. */
export function judgingAnswers(app: ApiApp): ApiApp {
  const { request } = app;
  app.request = async (...asked) => {
    const response = await request(...asked);
    const [input, init] = asked;
    const isRequest = input instanceof Request;
    const url = new URL(isRequest ? input.url : input, "http://localhost");
    // Without its type nobody knows that a body is JSON; and what streams is not ours to read.
    const hasJson = isJson(response.headers.get("content-type") ?? "");
    api ??= new DescribedApi();
    const complaint = api.complaint({
      method: init?.method ?? (isRequest ? input.method : "GET"),
      path: `${url.pathname}${url.search}`,
      status: response.status,
      headers: new Map(response.headers),
      body: hasJson ? await textOf(response.clone()) : undefined,
    });
    if (complaint !== undefined) throw new Error(complaint);
    return response;
  };
  return app;
}

/** The text of a body, which a server decodes for nobody. */
async function textOf(response: Response): Promise<string> {
  const bytes = Buffer.from(await response.arrayBuffer());
  switch (response.headers.get("content-encoding")) {
    case "zstd":
      return zstdDecompressSync(bytes).toString();
    case "br":
      return brotliDecompressSync(bytes).toString();
    case "gzip":
      return gunzipSync(bytes).toString();
    case null:
    default:
      return bytes.toString();
  }
}
