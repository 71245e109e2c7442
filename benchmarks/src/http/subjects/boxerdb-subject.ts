import { join } from "node:path";

import { checkDocuments, eachDocument, storeDocuments, type SentDocument } from "../documents.ts";
import { send, type HttpRequest } from "../http-request.ts";
import type { HttpSubject } from "../http-subject.ts";
import { ServerProcess } from "../server-process.ts";
import { batchOperations, type Work } from "../work.ts";
import { wrkLoads } from "../wrk-loads.ts";

const main = new URL("../../../../packages/server/src/main.ts", import.meta.url);
const freePorts = ["--port", "0", "--peer-port", "0"];

/** The server as `boxerdb serve` starts it, alone. `nodeOptions` are for profiles. */
export const boxerdbSubject = (nodeOptions: readonly string[] = []): HttpSubject => ({
  name: "BoxerDB",
  programs: [],
  start: async ({ directory, documents, running }) => {
    const data = ["--data-dir", join(directory, "data")];
    const args = ["serve", ...freePorts, ...data, "--log-format", "json"];
    const server = running.use(await ServerProcess.startScript(main, args, nodeOptions));
    const url = await server.firstUrl();
    await storeDocuments(documents, (document) => send(url, putRequest(document)));
    const requests = {
      get: eachDocument(documents, "get", ({ key }) => getRequest(key)),
      put: eachDocument(documents, "put", putRequest),
      batch: batches(documents),
    };
    const check = (work: Work): Promise<void> =>
      checkDocuments(work, async (key) => valueIn(await send(url, getRequest(key))));
    return { processes: [server], loads: wrkLoads(url, directory, requests, check) };
  },
});

const pathOf = (key: string): string => `/api/v1/${encodeURIComponent(key)}`;

const getRequest = (key: string): HttpRequest => ({ method: "GET", path: pathOf(key) });

const putRequest = ({ key, json }: SentDocument): HttpRequest => ({
  method: "PUT",
  path: pathOf(key),
  body: `{"value":${json}}`,
});

/** All documents in batches, with the same keys and values as single puts. */
function batches(documents: number): HttpRequest[] {
  const operations = eachDocument(
    documents,
    "batch",
    ({ key, json }) =>
      `{"op":"put","collection":"default","key":${JSON.stringify(key)},"value":${json}}`,
  );
  return Array.from({ length: operations.length / batchOperations }, (_, index) => {
    const start = index * batchOperations;
    const own = operations.slice(start, start + batchOperations);
    return {
      method: "POST",
      path: "/api/v2/default/_batch",
      body: `{"operations":[${own.join(",")}]}`,
    };
  });
}

/** The JSON of the value in an answer of the API. */
function valueIn(answer: string): string {
  const parsed: unknown = JSON.parse(answer);
  const hasValue = typeof parsed === "object" && parsed !== null && "value" in parsed;
  if (!hasValue) throw new Error(`this is no answer with a value: ${answer}`);
  return JSON.stringify(parsed.value);
}
