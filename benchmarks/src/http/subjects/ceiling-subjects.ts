import { eachDocument } from "../documents.ts";
import type { HttpSubject } from "../http-subject.ts";
import { ServerProcess } from "../server-process.ts";
import { wrkLoads } from "../wrk-loads.ts";

/** A server in a script, which stores nothing: a hello-world for GET, an answer to any body for PUT. */
const ceiling = (name: string, script: string): HttpSubject => ({
  name,
  programs: [],
  start: async ({ directory, documents, running }) => {
    const server = running.use(
      await ServerProcess.startScript(new URL(`../servers/${script}`, import.meta.url)),
    );
    return {
      processes: [server],
      loads: wrkLoads(await server.firstUrl(), directory, {
        get: [{ method: "GET", path: "/hello" }],
        put: eachDocument(documents, "put", ({ key, json }) => ({
          method: "PUT",
          path: `/echo/${encodeURIComponent(key)}`,
          body: JSON.stringify({ value: JSON.parse(json) }),
        })),
      }),
    };
  },
});

export const nodeSubject = ceiling("node:http", "node-server.ts");
export const honoSubject = ceiling("Hono", "hono-server.ts");
