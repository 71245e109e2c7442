import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { flags, run } from "./command.ts";
import { rawRequest, type HttpRequest } from "./http-request.ts";
import type { LoadResult } from "./load-result.ts";

const script = fileURLToPath(new URL("replay.lua", import.meta.url));

/** How long an answer may take before it counts as an error. Other peers may sync for long. */
const answerTimeoutSeconds = 10;

export interface WrkLoad {
  readonly url: string;
  /** Sent in turn, over all connections together. */
  readonly requests: readonly HttpRequest[];
  readonly connections: number;
  readonly seconds: number;
  /** Where the requests are put for wrk to read; made by this. */
  readonly file: string;
}

/** Puts a load on a server. Rejects where an answer was no success, late, or did not come. */
export async function runWrk(load: WrkLoad): Promise<LoadResult> {
  const { url, requests, connections, seconds, file } = load;
  const { host } = new URL(url);
  await writeFile(file, requests.map((request) => `${rawRequest(request, host)}\0`).join(""));
  const { stdout } = await run("wrk", [
    ...flags({ "-t": 1, "-c": connections, "-d": seconds, "-s": script }),
    ...flags({ "--timeout": answerTimeoutSeconds }),
    url,
    "--",
    file,
  ]);
  return wrkResult(stdout, url);
}

/** Reads what `replay.lua` reported. Throws where not all of the load went well. */
export function wrkResult(report: string, url: string): LoadResult {
  const number = (name: string): number => {
    const value = Number(new RegExp(`^${name} (\\d+)$`, "m").exec(report)?.[1]);
    if (Number.isFinite(value)) return value;
    throw new Error(`wrk did not tell "${name}": ${report}`);
  };
  const [refused, failed, late] = [number("refused"), number("failed"), number("late")];
  if (refused + failed + late > 0) {
    throw new Error(
      `${url}: ${refused} answers were no success, ${failed} connections broke, ` +
        `${late} answers took longer than ${answerTimeoutSeconds} s`,
    );
  }
  const requests = number("requests");
  if (requests === 0) throw new Error(`${url}: there was no answer`);
  return {
    requests,
    requestsPerSecond: requests / (number("micros") / 1e6),
    latencyMs: {
      p50: number("p50Micros") / 1e3,
      p99: number("p99Micros") / 1e3,
      p999: number("p999Micros") / 1e3,
    },
  };
}
