import { run } from "../command.ts";
import { sentDocument } from "../documents.ts";
import type { HttpSubject } from "../http-subject.ts";
import { redisBenchmark, redisCli, redisServer } from "../program.ts";
import { runRedisBenchmark } from "../redis-benchmark.ts";
import { batchOperations, connections } from "../work.ts";

import { startRedis } from "./redis-process.ts";

/** redis-benchmark counts commands and not time: so many make about a second. */
const commandsPerSecond = 300_000;

/** Redis by its own protocol: pipelines of as many puts as a batch has. */
export const redisSubject: HttpSubject = {
  name: "Redis, pipelined",
  programs: [redisServer, redisBenchmark, redisCli],
  start: async ({ directory, documents, running }) => {
    const { server, port } = await startRedis(directory, running);
    return {
      processes: [server],
      loads: {
        batch: async (seconds) => {
          const result = await runRedisBenchmark({
            port,
            connections,
            pipeline: batchOperations,
            commands: commandsPerSecond * seconds,
            command: ["SET", "user:__rand_int__", sentDocument(1, "batch").json],
            keys: documents,
          });
          const { stdout } = await run("redis-cli", ["-p", String(port), "DBSIZE"]);
          if (Number(stdout) !== documents) {
            throw new Error(`Redis holds ${stdout.trim()} of ${documents} documents`);
          }
          return result;
        },
      },
    };
  },
};
