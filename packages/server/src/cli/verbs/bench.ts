import { randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { resolve } from "node:path";

import { z } from "zod";

import { benchJson, benchText, type BenchReport } from "../bench/bench-report.ts";
import { liesInMemory, measureDirectory } from "../bench/directory-bench.ts";
import { measureServer } from "../bench/server-bench.ts";
import type { BenchSize, MeasuredStep, StepsContext } from "../bench/step.ts";
import { systemClock } from "../clock.ts";
import { connect, connectionInput, declareCredentials, urlOption } from "../connection-options.ts";
import { secondsAboveZero, wholeNumber } from "../option-values.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  dir: z.string().default("."),
  seconds: z.number().default(3),
  connections: z.number().default(64),
  documents: z.number().default(100_000),
  ...connectionInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb bench`: how fast this machine, or a server, is. */
export const benchVerb: Verb<Input> = {
  name: "bench",
  summary: "measure this machine, or a server",
  description:
    "Measures how fast BoxerDB is here. Without --url: the disk alone, then the engine on it, without\n" +
    "HTTP, in a new directory. A durable put waits for the disk, so compare it with the disk's own\n" +
    "syncs: many writers share one sync, and get more of them done than the disk has syncs.\n" +
    "With --url: a running server over HTTP, in a new database bench-<random>. Whoever asks takes\n" +
    "processor time too, so ask from another machine to learn what the server can do.\n" +
    "What it makes it removes, also after Ctrl-C. Figures of a busy machine mean little.",
  examples: [
    { does: "this machine, on the disk of the current directory", line: "boxerdb bench" },
    { does: "the disk where the data will be", line: "boxerdb bench --dir /var/lib/boxerdb" },
    {
      does: "a server, by a few clients at a time",
      line: "boxerdb bench --url http://127.0.0.1:8080 --connections 8",
    },
    { does: "a quick look, for a program", line: "boxerdb bench --seconds 0.5 --json" },
  ],
  exitCodes: ["unavailable", "storage", "interrupted"],
  input,
  declare: (command) =>
    declareCredentials(
      command
        .option("--dir <directory>", "measure the disk of this directory (default: .)")
        .addOption(urlOption("measure this server instead").conflicts("dir")),
    )
      .option(
        "--seconds <seconds>",
        "how long puts, gets and the like last (default: 3)",
        secondsAboveZero,
      )
      .option(
        "--connections <n>",
        "how many clients or writers at a time (default: 64)",
        wholeNumber(1),
      )
      .option(
        "--documents <n>",
        "how many documents are loaded first (default: 100000)",
        wholeNumber(1),
      )
      .option("--json", "print JSON, for programs; errors too"),
  async run(wish, terminal) {
    using interruption = terminal.watchInterruption();
    const { stdout, stderr } = terminal;
    const { signal } = interruption;
    const report = await measure(wish, terminal, { clock: systemClock, signal, output: stderr });
    await stdout.line(
      wish.json ? benchJson(report) : benchText(report, (text) => stdout.styled("bold", text)),
    );
    return undefined;
  },
};

const measure = async (
  wish: Input,
  terminal: Terminal,
  context: StepsContext,
): Promise<BenchReport> => {
  const { server, documents, connections, seconds } = wish;
  const size = { documents, connections, seconds };
  if (server.url === undefined) {
    const directory = resolve(wish.dir);
    const steps = await measureDirectory(directory, size, context);
    return reportOf({ directory }, size, steps, await liesInMemory(directory));
  }
  await using client = connect(server, terminal.environment);
  const database = `bench-${randomBytes(6).toString("hex")}`;
  const steps = await measureServer(client, database, size, context);
  return reportOf({ url: client.url }, size, steps, false);
};

const reportOf = (
  target: BenchReport["target"],
  size: BenchSize,
  steps: readonly MeasuredStep[],
  inMemory: boolean,
): BenchReport => {
  const processors = cpus();
  return {
    target,
    size,
    inMemory,
    machine: {
      processor: processors[0]?.model.trim() ?? "unknown processor",
      processors: processors.length,
    },
    nodeVersion: process.versions.node,
    steps,
  };
};
