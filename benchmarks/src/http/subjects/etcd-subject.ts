import { join } from "node:path";

import { flags } from "../command.ts";
import { checkDocuments, eachDocument, storeDocuments, type SentDocument } from "../documents.ts";
import { freePort } from "../free-port.ts";
import { send, type HttpRequest } from "../http-request.ts";
import type { HttpSubject } from "../http-subject.ts";
import { etcd } from "../program.ts";
import { answers, ServerProcess } from "../server-process.ts";
import type { Work } from "../work.ts";
import { wrkLoads } from "../wrk-loads.ts";

/** One node of etcd, by its JSON gateway. It syncs its log before it answers a put. */
export const etcdSubject: HttpSubject = {
  name: "etcd",
  programs: [etcd],
  start: async ({ directory, documents, running }) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const peerUrl = `http://127.0.0.1:${await freePort()}`;
    const server = running.use(
      await ServerProcess.start(
        "etcd",
        flags({
          "--data-dir": join(directory, "data"),
          "--listen-client-urls": url,
          "--advertise-client-urls": url,
          "--listen-peer-urls": peerUrl,
          "--initial-advertise-peer-urls": peerUrl,
          "--initial-cluster": `default=${peerUrl}`,
          "--logger": "zap",
          "--log-level": "error",
        }),
      ),
    );
    await server.ready(() => answers(`${url}/health`));
    await storeDocuments(documents, (document) => send(url, putRequest(document)));
    const requests = {
      get: eachDocument(documents, "get", ({ key }) => rangeRequest(key)),
      put: eachDocument(documents, "put", putRequest),
    };
    const check = (work: Work): Promise<void> =>
      checkDocuments(work, async (key) => valueIn(await send(url, rangeRequest(key))));
    return { processes: [server], loads: wrkLoads(url, directory, requests, check) };
  },
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const rangeRequest = (key: string): HttpRequest => ({
  method: "POST",
  path: "/v3/kv/range",
  body: JSON.stringify({ key: base64(key) }),
});

const putRequest = ({ key, json }: SentDocument): HttpRequest => ({
  method: "POST",
  path: "/v3/kv/put",
  body: JSON.stringify({ key: base64(key), value: base64(json) }),
});

/** The value in the answer to a range of one key. */
function valueIn(answer: string): string {
  const encoded = /"value":"([\w+/=]*)"/.exec(answer)?.[1];
  if (encoded === undefined) throw new Error(`this is no answer with a value: ${answer}`);
  return Buffer.from(encoded, "base64").toString();
}
