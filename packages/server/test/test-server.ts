import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";

import { pino } from "pino";

import { loadConfiguration } from "../src/config/configuration.ts";
import type { ClusterPart } from "../src/serve/cluster-part.ts";
import { serve, type RunningServer } from "../src/serve/serve.ts";

/** A served node on free ports, in a directory of its own unless it was given one. */
export interface TestServer extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  readonly port: number;
  /** What was logged, one object a line, oldest first. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
}

/** Serves, as the command line would with these flags. `part`: see `serve`. */
export async function startTestServer(
  flags: Readonly<Record<string, string>> = {},
  part?: ClusterPart,
): Promise<TestServer> {
  await using started = new AsyncDisposableStack();
  let dataDir = flags["dataDir"];
  if (dataDir === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), "boxerdb-serve-"));
    started.defer(() => rm(temporary, { recursive: true }));
    dataDir = temporary;
  }
  const logged: Record<string, unknown>[] = [];
  const collector = new Writable({
    write: (line: Buffer, _, done) => {
      logged.push(JSON.parse(line.toString()));
      done();
    },
  });
  const configuration = loadConfiguration({
    flags: { port: "0", peerPort: "0", logLevel: "debug", ...flags, dataDir },
    environment: {},
  });
  const log = pino({ level: configuration.logLevel }, collector);
  const server = await serve(configuration, log, part);
  started.defer(() => server.close());
  const rest = started.move();
  return {
    server,
    url: server.url,
    port: Number(new URL(server.url).port),
    logged,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
