/**
 * Every part with small sizes, in real processes, on every subject. The subjects check all values that
 * they read; here it is checked that each figure that a table names is there.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { generatedBulkPart, realBulkPart } from "../src/bulk/bulk-part.ts";
import { documentsPart } from "../src/embedded/documents-part.ts";
import { keysPart } from "../src/embedded/keys-part.ts";
import { overwritingPart } from "../src/embedded/overwriting-part.ts";
import { realPart } from "../src/embedded/real-part.ts";
import { replayPart } from "../src/embedded/replay-part.ts";
import { formatGrowthTable } from "../src/growth/growth-figures.ts";
import { growthPart } from "../src/growth/growth-part.ts";
import { httpSubjects, installedOf } from "../src/http/http-subjects.ts";
import { profileHttp } from "../src/http/profile/profile-run.ts";
import { isInstalled, wrk } from "../src/http/program.ts";
import { requestsPart } from "../src/http/requests-part.ts";
import { indexPart } from "../src/index/index-part.ts";
import { largePart } from "../src/large/large-part.ts";
import type { Part } from "../src/part.ts";
import { catchUpPart, realCatchUpPart } from "../src/replication/catch-up-part.ts";
import { durablePutsPart } from "../src/replication/durable-puts-part.ts";
import { slowLinkPart } from "../src/replication/slow-link-part.ts";
import type { Round } from "../src/report/figures.ts";

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "boxerdb-parts-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Figures that are there only where there was something to compact, or only where /proc tells them. */
const optionalFigures = new Set([
  "compactionMegabytesPerSecond",
  "idleCompactionMegabytesPerSecond",
  "compactMegabytesPerSecond",
  ...(process.platform === "linux"
    ? []
    : [
        "loadWrittenBytes",
        "putWrittenBytes",
        "anonymousBytes",
        "openedAnonymousBytes",
        "peakMegabytes",
        "startMegabytes",
        "importPeakMegabytes",
        "loadedMegabytes",
        "exportPeakMegabytes",
        "batchCpuMicros",
      ]),
]);

/** Measures a part once. */
const measured = (part: Part): Promise<Round> =>
  part.measureRound({ round: 0, sizes: part.sizes, directory, tell: () => {} });

/** Names that a part's tables refer to and that a round does not have: "lmdb getPerSecond". */
function missingFigures(part: Part, round: Round): string[] {
  const { sizes } = part;
  const named = [
    ...part
      .comparisons(sizes)
      .flatMap(({ subject = "BoxerDB", figure, peers }) => [
        { subject, figure },
        ...peers.map((peer) => ({ subject: peer.subject, figure: peer.figure ?? figure })),
      ]),
    ...part
      .matrices(sizes)
      .flatMap(({ rows, subjects: [subject = ""] }) =>
        rows.map(({ figure }) => ({ subject, figure })),
      ),
  ];
  expect(named.length).toBeGreaterThan(0);
  return named
    .filter(({ figure }) => !optionalFigures.has(figure))
    .filter(({ subject, figure }) => !Number.isFinite(round[subject]?.[figure]))
    .map(({ subject, figure }) => `${subject} ${figure}`);
}

test("documents, and their growth", async () => {
  const growth = growthPart(1_000);
  const round = await measured(growth);
  const documents = documentsPart({ documents: 1_000, puts: 100, gets: 100 });
  expect(missingFigures(documents, round)).toEqual([]);
  const result = { measuredAt: "", machine: "", sizes: growth.sizes, rounds: [round] };
  const table = formatGrowthTable({ "1000": result }, Object.keys(round));
  const cells = table.split("\n").map((line) => line.split("|").at(-2)?.trim());
  expect(cells).toHaveLength(2 + 10 * 5);
  if (process.platform === "linux") expect(cells).not.toContain("");
});

test("keys", async () => {
  const part = keysPart({ keys: 20_000, gets: 500 });
  expect(missingFigures(part, await measured(part))).toEqual([]);
});

test("replay", async () => {
  const part = replayPart({ documents: 2_000 });
  expect(missingFigures(part, await measured(part))).toEqual([]);
});

test("overwriting", async () => {
  const part = overwritingPart({ documents: 1_000, puts: 3_000 });
  expect(missingFigures(part, await measured(part))).toEqual([]);
});

test.each(["random", "rising"] as const)(
  "designs of the index, keys in %s order",
  async (order) => {
    const part = indexPart(order, { keys: 20_000, gets: 500 });
    expect(missingFigures(part, await measured(part))).toEqual([]);
  },
);

test("large", async () => {
  const part = largePart({ documents: 3_000, overwritten: 1_500, gets: 500, pages: 50 });
  expect(missingFigures(part, await measured(part))).toEqual([]);
});

test.runIf(await isInstalled(wrk))("HTTP requests, on all servers that are here", async () => {
  const subjects = await installedOf(Object.values(httpSubjects));
  const part = requestsPart({ documents: 200, seconds: 1, warmUpSeconds: 1 }, subjects);
  const names = new Set(subjects.map(({ name }) => name));
  const missing = missingFigures(part, await measured(part));
  expect(missing.filter((figure) => names.has(figure.slice(0, figure.lastIndexOf(" "))))).toEqual(
    [],
  );
  const versions = await part.versions?.();
  expect(versions).toContainEqual(expect.stringMatching(/^wrk \d/));
});

test.runIf(await isInstalled(wrk))("a profile of the HTTP server under each load", async () => {
  const output = join(directory, "profiles");
  await profileHttp({ seconds: 1, documents: 200, parent: directory, output, tell: () => {} });
  for (const work of ["get", "put", "batch"]) {
    const summary = await readFile(join(output, `${work}.txt`), "utf8");
    expect(summary).toMatch(/^\d+ requests\/s while profiled; \d\.\d s, of which idle /);
    expect(summary).toContain("packages/engine");
  }
  expect((await readdir(directory)).toSorted()).toEqual(["profiles"]);
});

test("import and export, generated and from a file", async () => {
  const generated = generatedBulkPart({ documents: 2_500 });
  expect(missingFigures(generated, await measured(generated))).toEqual([]);
  await rm(join(directory, "data"), { recursive: true });
  const file = join(directory, "documents.ndjson");
  await writeFile(file, '{"key": "a", "value": 1}\n{"key": "b", "value": 2}');
  const real = realBulkPart(file);
  expect(missingFigures(real, await measured(real))).toEqual([]);
});

test("documents from a file", async () => {
  const file = join(directory, "documents.ndjson");
  const lines = Array.from({ length: 50 }, (_, n) =>
    JSON.stringify({ key: `@é/${n}`, value: { n } }),
  );
  await writeFile(file, lines.join("\n"));
  const part = realPart(file, 100);
  expect(missingFigures(part, await measured(part))).toEqual([]);
});

test("a follower that catches up, generated and from a file", async () => {
  const sizes = { documents: 2_500, later: 700 };
  const generated = catchUpPart(sizes);
  expect(missingFigures(generated, await measured(generated))).toEqual([]);
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
  const file = join(directory, "documents.ndjson");
  await writeFile(file, '{"key": "@é/1", "value": 1}\n{"key": "b", "value": {"n": 2}}');
  const real = realCatchUpPart(sizes, file);
  expect(missingFigures(real, await measured(real))).toEqual([]);
});

test("catching up by slow links, compressed or not", async () => {
  const part = slowLinkPart({ documents: 3_000 });
  const round = await measured(part);
  expect(missingFigures(part, round)).toEqual([]);
  const { always, never } = round;
  expect(never?.["wireBytes1000"]).toBeGreaterThan(100);
  expect(always?.["wireBytes1000"]).toBeLessThan(50);
});

test("durable puts with a write quorum", async () => {
  const part = durablePutsPart({ puts: 500, "puts of one": 20, syncs: 20 });
  expect(missingFigures(part, await measured(part))).toEqual([]);
});
