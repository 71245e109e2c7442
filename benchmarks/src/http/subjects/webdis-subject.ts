import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { checkDocuments, eachDocument, storeDocuments, type SentDocument } from "../documents.ts";
import { freePort } from "../free-port.ts";
import { send, type HttpRequest } from "../http-request.ts";
import type { HttpSubject } from "../http-subject.ts";
import { redisServer, webdis } from "../program.ts";
import { answers, ServerProcess } from "../server-process.ts";
import { connections, type Work } from "../work.ts";
import { wrkLoads } from "../wrk-loads.ts";

import { startRedis } from "./redis-process.ts";

/** As its package sets it; more of them do not help on two cores. */
const threads = 2;

/** Redis with webdis in front of it, which makes it speak HTTP. */
export const webdisSubject: HttpSubject = {
  name: "webdis + Redis",
  programs: [redisServer, webdis],
  start: async ({ directory, documents, running }) => {
    const redis = await startRedis(directory, running);
    const port = await freePort();
    const configuration = join(directory, "webdis.json");
    await writeFile(configuration, JSON.stringify(settings(port, redis.port, directory)));
    const server = running.use(await ServerProcess.start("webdis", [configuration]));
    const url = `http://127.0.0.1:${port}`;
    await server.ready(() => answers(`${url}/PING`));
    await storeDocuments(documents, (document) => send(url, putRequest(document)));
    const requests = {
      get: eachDocument(documents, "get", ({ key }) => getRequest(key)),
      put: eachDocument(documents, "put", putRequest),
    };
    const check = (work: Work): Promise<void> =>
      checkDocuments(work, (key) => send(url, getRequest(key)));
    return {
      processes: [redis.server, server],
      loads: wrkLoads(url, directory, requests, check),
    };
  },
};

const settings = (port: number, redisPort: number, directory: string): object => ({
  http_host: "127.0.0.1",
  http_port: port,
  redis_host: "127.0.0.1",
  redis_port: redisPort,
  threads,
  // For each thread: so many that no client waits for a connection to Redis.
  pool_size: connections / threads,
  daemonize: false,
  database: 0,
  verbosity: 0,
  logfile: join(directory, "webdis.log"),
});

/** As plain text, which spares it to wrap and escape the value. */
const getRequest = (key: string): HttpRequest => ({
  method: "GET",
  path: `/GET/${encodeURIComponent(key)}.txt`,
});

const putRequest = ({ key, json }: SentDocument): HttpRequest => ({
  method: "PUT",
  path: `/SET/${encodeURIComponent(key)}`,
  body: json,
});
