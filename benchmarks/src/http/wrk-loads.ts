import { join } from "node:path";

import type { HttpRequest } from "./http-request.ts";
import type { RunningSubject } from "./http-subject.ts";
import { connections, type Work } from "./work.ts";
import { runWrk } from "./wrk.ts";

/** Loads by wrk, each of the requests for its work. */
export function wrkLoads(
  url: string,
  directory: string,
  requests: { readonly [work in Work]?: readonly HttpRequest[] },
  /** Run after each load, outside of what is measured. */
  check: (work: Work) => Promise<void> = async () => {},
): RunningSubject["loads"] {
  const load = (work: Work, requests: readonly HttpRequest[]) => async (seconds: number) => {
    const file = join(directory, `${work}.requests`);
    const result = await runWrk({ url, requests, connections, seconds, file });
    await check(work);
    return result;
  };
  return {
    ...(requests.get && { get: load("get", requests.get) }),
    ...(requests.put && { put: load("put", requests.put) }),
    ...(requests.batch && { batch: load("batch", requests.batch) }),
  };
}
