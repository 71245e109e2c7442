/** `pnpm bench [embedded|http]`: runs the benchmarks, prints their tables and writes them to a directory. */
import { mkdir, writeFile } from "node:fs/promises";

import { Argument, Command, InvalidArgumentError } from "commander";

import { benchmarkEmbedded } from "./embedded/benchmark.ts";
import { benchmarkHttp } from "./http/benchmark.ts";
import { formatReport, type Report } from "./report.ts";

const names = ["embedded", "http"] as const;
type Name = (typeof names)[number];

interface Options {
  readonly rounds: number;
  readonly documents: number;
  readonly seconds: number;
  readonly output: string;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number from 1 on");
  return value;
};

await new Command("bench")
  .description("Measures BoxerDB beside its peers, in alternating rounds, and prints the ratios.")
  .addArgument(new Argument("[names...]", "which benchmarks").choices(names).default([...names]))
  .option("--rounds <count>", "how many times each is measured", positive, 3)
  .option("--documents <count>", "embedded: how many documents", positive, 200_000)
  .option("--seconds <count>", "http: how long each load lasts", positive, 5)
  .option("--output <directory>", "where tables and raw figures go", "benchmarks/results")
  .action(async (chosen: Name[], options: Options) => {
    await mkdir(options.output, { recursive: true });
    for (const name of chosen) {
      const report = await runBenchmark(name, options);
      const text = formatReport(report);
      await writeFile(`${options.output}/${name}.md`, text);
      await writeFile(
        `${options.output}/${name}.json`,
        `${JSON.stringify(report, undefined, 2)}\n`,
      );
      console.log(`\n${text}`);
    }
  })
  .parseAsync();

function runBenchmark(name: Name, { rounds, documents, seconds }: Options): Promise<Report> {
  const tell = (line: string): void => console.error(`${name}: ${line}`);
  switch (name) {
    case "embedded":
      return benchmarkEmbedded(rounds, documents, tell);
    case "http":
      return benchmarkHttp(rounds, seconds, tell);
  }
}
