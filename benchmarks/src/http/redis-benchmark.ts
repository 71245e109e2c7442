import { flags, run } from "./command.ts";
import type { LoadResult } from "./load-result.ts";

export interface RedisLoad {
  readonly port: number;
  readonly connections: number;
  /** Commands that each connection sends before it waits for their answers. */
  readonly pipeline: number;
  readonly commands: number;
  /** `__rand_int__` in it becomes one of `keys` numbers of 12 digits. */
  readonly command: readonly string[];
  readonly keys: number;
}

/** Puts a load on Redis with its own client. The latency is that of a whole pipeline. */
export async function runRedisBenchmark(load: RedisLoad): Promise<LoadResult> {
  const { port, connections, pipeline, commands, command, keys } = load;
  const { stdout } = await run("redis-benchmark", [
    ...flags({ "-h": "127.0.0.1", "-p": port, "-c": connections }),
    ...flags({ "-P": pipeline, "-n": commands, "-r": keys }),
    "--csv",
    ...command,
  ]);
  return redisBenchmarkResult(stdout, load);
}

/**
 * A pipeline counts as one request. Reads the table that redis-benchmark prints with `--csv`: a line of titles, and one of figures, whose
 * first is the command. That may hold commas and quotes, so what counts are the last seven.
 */
export function redisBenchmarkResult(
  csv: string,
  { commands, pipeline }: Pick<RedisLoad, "commands" | "pipeline">,
): LoadResult {
  const figures =
    /(?:,"[\d.]+"){7}\s*$/
      .exec(csv)?.[0]
      .match(/[\d.]+/g)
      ?.map(Number) ?? [];
  const [commandsPerSecond, , , p50, , p99] = figures;
  if (commandsPerSecond === undefined || p50 === undefined || p99 === undefined) {
    throw new Error(`redis-benchmark told no figures: ${csv}`);
  }
  return {
    requests: commands / pipeline,
    requestsPerSecond: commandsPerSecond / pipeline,
    latencyMs: { p50, p99 },
  };
}
