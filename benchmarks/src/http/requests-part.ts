import { join } from "node:path";

import { documentValue } from "../document.ts";
import type { Part } from "../part.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { atLeastTimes } from "../report/mark.ts";

import { startServer } from "./server-process.ts";
import { requestRate } from "./wrk.ts";

const connections = 64;
const hono = "Hono";

/** BoxerDB's HTTP API beside a bare Hono that answers as much but stores nothing. */
export const requestsPart = (sizes: Sizes): Part => ({
  name: "requests",
  title: "Requests",
  sizes,
  settings: (sizes) => [
    `wrk with one thread on the same machine, ${connections} connections, ${sizeOf(sizes, "seconds")} s for each`,
    "Hono: a hello-world for GET, an echo that parses and answers the same JSON for PUT",
  ],
  comparisons: () => [
    {
      work: `GET, ${connections} connections`,
      unit: "/s",
      figure: "getPerSecond",
      peers: [{ subject: hono, mark: atLeastTimes(0.9) }],
    },
    {
      work: `durable PUT, ${connections} connections`,
      unit: "/s",
      figure: "putPerSecond",
      peers: [{ subject: hono, mark: atLeastTimes(0.8) }],
    },
  ],
  matrices: () => [],
  measureRound: async ({ sizes, directory, tell }) => {
    const seconds = sizeOf(sizes, "seconds");
    tell("BoxerDB");
    const boxerdb = await measureBoxerdb(join(directory, "data"), seconds);
    tell(hono);
    return { BoxerDB: boxerdb, [hono]: await measureHono(seconds) };
  },
});

async function measureBoxerdb(data: string, seconds: number): Promise<Figures> {
  const main = new URL("../../../packages/server/src/main.ts", import.meta.url);
  const ports = ["--port", "0", "--peer-port", "0"];
  const args = ["serve", ...ports, "--data-dir", data, "--log-format", "json"];
  const server = await startServer(main, args);
  try {
    const key = `${server.url}/api/v1/user`;
    await fetch(key, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: documentValue(1) }),
    });
    return {
      getPerSecond: await requestRate({ url: key, connections, seconds }),
      putPerSecond: await requestRate({
        url: `${server.url}/api/v1/`,
        connections,
        seconds,
        script: "put.lua",
      }),
    };
  } finally {
    await server.stop();
  }
}

async function measureHono(seconds: number): Promise<Figures> {
  const server = await startServer(new URL("hono-server.ts", import.meta.url), []);
  try {
    return {
      getPerSecond: await requestRate({ url: `${server.url}/hello`, connections, seconds }),
      putPerSecond: await requestRate({
        url: `${server.url}/echo/`,
        connections,
        seconds,
        script: "put.lua",
      }),
    };
  } finally {
    await server.stop();
  }
}
