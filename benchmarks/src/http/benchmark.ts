import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { documentValue } from "../document.ts";
import type { Rates } from "../measurement.ts";
import { describeMachine, type Report } from "../report.ts";

import { startServer } from "./server-process.ts";
import { requestRate } from "./wrk.ts";

const connections = 64;
const get = "GET, 64 connections";
const put = "durable PUT, 64 connections";

/** BoxerDB's HTTP API beside a bare Hono that answers as much but stores nothing. */
export async function benchmarkHttp(
  rounds: number,
  seconds: number,
  tell: (line: string) => void,
): Promise<Report> {
  const results: Record<string, Rates>[] = [];
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}: BoxerDB`);
    const boxerdb = await measureBoxerdb(seconds);
    tell(`round ${round} of ${rounds}: Hono`);
    results.push({ BoxerDB: boxerdb, Hono: await measureHono(seconds) });
  }
  return {
    name: "HTTP",
    machine: describeMachine(),
    settings: [
      `wrk with one thread on the same machine, ${connections} connections, ${seconds} s for each`,
      "Hono: a hello-world for GET, an echo that parses and answers the same JSON for PUT",
    ],
    rounds: results,
    comparisons: [get, put].map((work) => ({ work, subject: "BoxerDB", peer: "Hono" })),
  };
}

async function measureBoxerdb(seconds: number): Promise<Rates> {
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-bench-"));
  const main = new URL("../../../packages/server/src/main.ts", import.meta.url);
  const data = join(directory, "data");
  const args = [
    "serve",
    "--port",
    "0",
    "--peer-port",
    "0",
    "--data-dir",
    data,
    "--log-format",
    "json",
  ];
  const server = await startServer(main, args);
  try {
    const key = `${server.url}/api/v1/user`;
    await fetch(key, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: documentValue(1) }),
    });
    return {
      [get]: await requestRate({ url: key, connections, seconds }),
      [put]: await requestRate({
        url: `${server.url}/api/v1/`,
        connections,
        seconds,
        script: "put.lua",
      }),
    };
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

async function measureHono(seconds: number): Promise<Rates> {
  const server = await startServer(new URL("hono-server.ts", import.meta.url), []);
  try {
    return {
      [get]: await requestRate({ url: `${server.url}/hello`, connections, seconds }),
      [put]: await requestRate({
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
