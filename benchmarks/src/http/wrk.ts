import { fileURLToPath } from "node:url";

import { run } from "./command.ts";

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A Lua script beside this file. Default: GET of the URL. */
  readonly script?: string;
}

/** Requests a second under a load by wrk. Rejects where answers were not 2xx or connections failed. */
export async function requestRate(load: Load): Promise<number> {
  const { url, connections, seconds, script } = load;
  const scriptArgs =
    script === undefined ? [] : ["-s", fileURLToPath(new URL(script, import.meta.url))];
  const output = await run("wrk", [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    ...scriptArgs,
    url,
  ]).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new Error("the HTTP benchmark needs wrk: apt-get install wrk, or brew install wrk");
    }
    throw error;
  });
  const complaint = /^\s*(Non-2xx.*|Socket errors.*)$/m.exec(output);
  if (complaint !== null) throw new Error(`${url}: ${complaint[1]}`);
  const rate = Number(/Requests\/sec:\s*([\d.]+)/.exec(output)?.[1]);
  if (!Number.isFinite(rate)) throw new Error(`wrk said no rate: ${output}`);
  return rate;
}
