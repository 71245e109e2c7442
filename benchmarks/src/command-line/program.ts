import { tmpdir } from "node:os";

import { Command } from "commander";

import { generatedBulkPart, realBulkPart } from "../bulk/bulk-part.ts";
import { ConsoleProgress } from "../console-progress.ts";
import { documentsPart } from "../embedded/documents-part.ts";
import { keysPart } from "../embedded/keys-part.ts";
import { overwritingPart } from "../embedded/overwriting-part.ts";
import { realPart } from "../embedded/real-part.ts";
import { replayPart } from "../embedded/replay-part.ts";
import { growthFiles, growthPart } from "../growth/growth-part.ts";
import { httpSubjects } from "../http/http-subjects.ts";
import { profileHttp } from "../http/profile/profile-run.ts";
import { isInstalled, wrk } from "../http/program.ts";
import { requestsPart } from "../http/requests-part.ts";
import { batchOperations } from "../http/work.ts";
import { indexPart } from "../index/index-part.ts";
import { largePart } from "../large/large-part.ts";
import type { Part } from "../part.ts";
import { catchUpPart, realCatchUpPart } from "../replication/catch-up-part.ts";
import { durablePutsPart } from "../replication/durable-puts-part.ts";
import { slowLinkPart } from "../replication/slow-link-part.ts";
import { formatPage } from "../report/report-page.ts";
import type { SavedReport } from "../report/saved-report.ts";
import { runParts } from "../run-parts.ts";

import { parseCount, parseCounts, parseNames } from "./option-values.ts";

/** What every benchmark can be told. */
interface CommonOptions {
  readonly rounds: number;
  readonly directory: string;
  readonly output?: string;
}

const embeddedPartNames = ["documents", "keys", "replay", "overwriting", "real"] as const;

/** Runs what a command line asks for. Ends the process with a message where it cannot be understood. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const program = new Command("bench")
    .description(
      "Measures BoxerDB beside its peers: the same work in one run on one machine, subjects in turn. " +
        "Without a benchmark: a quick look at the documents' part, a minute or two, nothing written.",
    )
    .argument("[benchmark]", "one of those below")
    .showHelpAfterError("(--help shows what there is)")
    .action(async (name: string | undefined) => {
      if (name !== undefined) {
        const names = program.commands.map((command) => command.name()).join(", ");
        program.error(`error: there is no benchmark "${name}": choose of ${names}`);
      }
      await runQuickly();
    });
  program.addCommand(embeddedCommand());
  program.addCommand(growthCommand());
  program.addCommand(largeCommand());
  program.addCommand(indexCommand());
  program.addCommand(httpCommand());
  program.addCommand(bulkCommand());
  program.addCommand(replicationCommand());
  await program.parseAsync(argv);
}

/** What a person wants to see first. */
async function runQuickly(): Promise<void> {
  const parts = [documentsPart({ documents: 100_000, puts: 10_000, gets: 200_000 })];
  await run("quick look", parts, pageOf("A quick look", parts), {
    rounds: 3,
    directory: tmpdir(),
  });
  console.log(
    "That was the quick look. For all figures: pnpm bench embedded (about half an hour); pnpm bench --help shows the rest.",
  );
}

function embeddedCommand(): Command {
  interface Options extends CommonOptions {
    readonly only?: readonly string[];
    readonly documents: number;
    readonly keys: number;
    readonly gets: number;
    readonly puts: number;
    readonly overwrites: number;
    readonly real?: string;
  }
  const command = new Command("embedded")
    .description(
      "The engine beside lmdb, classic-level and node:sqlite: writes, reads, cost, memory, opening, " +
        "replay, compaction, event loop. About half an hour.",
    )
    .option(
      "--only <parts>",
      `of ${embeddedPartNames.join(", ")}; earlier figures of others stay`,
      (text) => parseNames(text, embeddedPartNames),
    )
    .option(
      "--documents <count>",
      "documents, replay, overwriting: how many",
      parseCount,
      1_000_000,
    )
    .option("--puts <count>", "documents: puts of 64 writers, of each kind", parseCount, 50_000)
    .option("--gets <count>", "documents, keys, real: random gets", parseCount, 1_000_000)
    .option("--keys <count>", "keys: how many; a tenth of that too", parseCount, 10_000_000)
    .option("--overwrites <count>", "overwriting: puts over the documents", parseCount, 4_000_000)
    .option("--real <file>", 'also lines of {"key", "value"}, plain or .gz');
  return withCommonOptions(command, 3).action(async (options: Options) => {
    const { documents, keys, gets, puts, overwrites, real } = options;
    const parts = [
      documentsPart({ documents, puts, gets }),
      keysPart({ keys: Math.ceil(keys / 10) * 10, gets }),
      replayPart({ documents }),
      overwritingPart({ documents, puts: overwrites }),
      realPart(real, gets),
    ];
    const asked = options.only ?? embeddedPartNames.filter((name) => name !== "real");
    const wanted = real === undefined || options.only !== undefined ? asked : [...asked, "real"];
    if (wanted.includes("real") && real === undefined) {
      command.error('error: the part "real" needs a file of documents: --real <file>');
    }
    const chosen = parts.filter(({ name }) => wanted.includes(name));
    await run("embedded", chosen, pageOf("Embedded", parts), options);
  });
}

function growthCommand(): Command {
  interface Options extends CommonOptions {
    readonly documents: readonly number[];
  }
  const command = new Command("growth")
    .description(
      "How each figure grows with the number of documents: a table and a plot. About 15 minutes a round.",
    )
    .option(
      "--documents <counts>",
      "how many, with commas between; earlier figures of others stay",
      parseCounts,
      [10_000, 100_000, 1_000_000, 10_000_000],
    );
  return withCommonOptions(command, 1).action(async (options: Options) => {
    await run("growth", options.documents.map(growthPart), growthFiles, options);
  });
}

function largeCommand(): Command {
  interface Options extends CommonOptions {
    readonly documents: number;
  }
  const command = new Command("large")
    .description("One large store: load, close, open, read, list, compact. About 10 minutes.")
    .option(
      "--documents <count>",
      "how many; half of them are overwritten",
      parseCount,
      20_000_000,
    );
  return withCommonOptions(command, 1).action(async (options: Options) => {
    const { documents } = options;
    const overwritten = Math.ceil(documents / 2);
    const parts = [largePart({ documents, overwritten, gets: 1_000_000, pages: 10_000 })];
    await run("large", parts, pageOf("Large", parts), options);
  });
}

function indexCommand(): Command {
  interface Options extends CommonOptions {
    readonly keys: number;
    readonly gets: number;
  }
  const command = new Command("index")
    .description(
      "Designs of the index alone, in memory, on the same work. About 10 minutes a round.",
    )
    .option("--keys <count>", "how many; a tenth of that too", parseCount, 10_000_000)
    .option("--gets <count>", "random gets", parseCount, 1_000_000);
  return withCommonOptions(command, 1).action(async (options: Options) => {
    const sizes = { keys: Math.ceil(options.keys / 10) * 10, gets: options.gets };
    const parts = [indexPart("random", sizes), indexPart("rising", sizes)];
    await run("index", parts, pageOf("Index", parts), options);
  });
}

function httpCommand(): Command {
  interface Options extends CommonOptions {
    readonly seconds: number;
    readonly documents: number;
    readonly only?: readonly string[];
    readonly cpuProfile?: string;
  }
  const names = Object.keys(httpSubjects);
  const command = new Command("http")
    .description(
      "The HTTP API beside a bare node:http, Hono, webdis with Redis, etcd. Needs wrk; peers that are " +
        "not on PATH are left out. About six minutes.",
    )
    .option("--seconds <count>", "how long each load lasts", parseCount, 5)
    .option("--documents <count>", "how many are read and overwritten", parseCount, 10_000)
    .option(
      "--only <subjects>",
      `of ${names.join(", ")}; for a look: nothing is written unless --output is given`,
      (text) => parseNames(text, names),
    )
    .option(
      "--cpu-profile <directory>",
      "instead of the benchmark: profiles of BoxerDB under the same loads, and what takes its time",
    );
  return withCommonOptions(command, 3).action(async (options: Options) => {
    if (!(await isInstalled(wrk))) {
      command.error("error: wrk is not on PATH: apt-get install wrk, or brew install wrk");
    }
    const { seconds, only = names, cpuProfile } = options;
    // Whole batches.
    const documents = Math.ceil(options.documents / batchOperations) * batchOperations;
    if (cpuProfile !== undefined) {
      const tell = (summary: string): void => console.log(summary);
      await profileHttp({
        seconds,
        documents,
        parent: options.directory,
        output: cpuProfile,
        tell,
      });
      return;
    }
    const subjects = Object.entries(httpSubjects).flatMap(([name, subject]) =>
      only.includes(name) ? [subject] : [],
    );
    const parts = [requestsPart({ documents, seconds, warmUpSeconds: 1 }, subjects)];
    // Figures of some subjects must not take the place of those of all.
    const isPartial = subjects.length < names.length;
    const isAsked = command.getOptionValueSource("output") === "cli";
    const { rounds, directory, output } = options;
    const isKept = output !== undefined && (isAsked || !isPartial);
    await run("http", parts, pageOf("HTTP", parts), {
      rounds,
      directory,
      ...(isKept && { output }),
    });
  });
}

function bulkCommand(): Command {
  interface Options extends CommonOptions {
    readonly documents: number;
    readonly real?: string;
  }
  const command = new Command("bulk")
    .description(
      "Import and export over HTTP: speed, and the server's memory. About two minutes a round.",
    )
    .option("--documents <count>", "how many are generated", parseCount, 5_000_000)
    .option("--real <file>", 'also lines of {"key", "value"}, plain or .gz');
  return withCommonOptions(command, 1).action(async (options: Options) => {
    const { documents, real } = options;
    const parts = [generatedBulkPart({ documents }), realBulkPart(real)];
    const chosen = real === undefined ? parts.slice(0, 1) : parts;
    await run("bulk", chosen, pageOf("Bulk", parts), options);
  });
}

const replicationPartNames = ["catch-up", "real", "slow-link", "durable-puts"] as const;

function replicationCommand(): Command {
  interface Options extends CommonOptions {
    readonly only?: readonly string[];
    readonly documents: number;
    readonly puts: number;
    readonly real?: string;
  }
  const command = new Command("replication")
    .description(
      "Nodes in processes of their own: a follower that catches up, also by slow links, and durable puts " +
        "with a write quorum of 2 of 3. About three minutes a round.",
    )
    .option(
      "--only <parts>",
      `of ${replicationPartNames.join(", ")}; earlier figures of others stay`,
      (text) => parseNames(text, replicationPartNames),
    )
    .option(
      "--documents <count>",
      "catch-up: how many; half as many from a file, a fourth by slow links",
      parseCount,
      2e6,
    )
    .option("--puts <count>", "durable-puts: of 64 writers; a 40th of that of one", parseCount, 2e5)
    .option(
      "--real <file>",
      'also lines of {"key", "value"}, plain or .gz, copied again and again',
    );
  return withCommonOptions(command, 3).action(async (options: Options) => {
    const { documents, puts, real } = options;
    const sizes = { documents, later: Math.ceil(documents / 4) };
    const halves = { documents: Math.ceil(documents / 2), later: Math.ceil(documents / 8) };
    const few = Math.ceil(puts / 40);
    const parts = [
      catchUpPart(sizes),
      realCatchUpPart(halves, real),
      slowLinkPart({ documents: Math.ceil(documents / 4) }),
      durablePutsPart({ puts, "puts of one": few, syncs: few }),
    ];
    const asked = options.only ?? replicationPartNames;
    if (options.only?.includes("real") === true && real === undefined) {
      command.error('error: the part "real" needs a file of documents: --real <file>');
    }
    const chosen = parts.filter(
      ({ name }) => asked.includes(name) && (name !== "real" || real !== undefined),
    );
    await run("replication", chosen, pageOf("Replication", parts), options);
  });
}

const withCommonOptions = (command: Command, rounds: number): Command =>
  command
    .option("--rounds <count>", "how many times each subject is measured", parseCount, rounds)
    .option("--directory <path>", "where stores are made: give it a real disk", tmpdir())
    .option("--output <path>", "where tables and raw figures go", "benchmarks/results")
    .allowExcessArguments(false)
    .showHelpAfterError("(--help shows what there is)");

type Files = (report: SavedReport) => Readonly<Record<string, string>>;

const pageOf =
  (title: string, parts: readonly Part[]): Files =>
  (report) => ({ md: formatPage(title, parts, report) });

/** Runs parts and prints their page. */
async function run(
  name: string,
  parts: readonly Part[],
  files: Files,
  { rounds, directory, output }: CommonOptions,
): Promise<void> {
  const progress = new ConsoleProgress(process.stderr, () => performance.now());
  const report = await runParts({ name, parts, files, rounds, directory, output, progress });
  console.log(`\n${files(report)["md"] ?? ""}`);
}
