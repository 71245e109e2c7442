/**
 * `boxerdb import` into a cluster whose leader changes again and again meanwhile. BOXERDB_IMPORT_FILE names a file
 * of documents, gzip, each with a key of its own (default: 12,000 made up here), BOXERDB_IMPORT_CHANGES says how
 * often the leader changes (default: 3).
 */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import { expect, test } from "vitest";
import { z } from "zod";

import { endOf, startBoxerdb } from "../cli/cli-process.ts";
import { eventually } from "../eventually.ts";

import { exportOf, expectSameContent, recordsOf } from "./node-content.ts";
import { databaseName, ProcessCluster } from "./process-cluster.ts";

const givenFile = process.env["BOXERDB_IMPORT_FILE"];
const changes = Number(process.env["BOXERDB_IMPORT_CHANGES"] ?? 3);

const collection = "packages";
/** None is compacted, so that each record that was written can be counted. */
const segmentBytes = 256 << 20;

const documentSchema = z.object({ key: z.string(), value: z.json() });
type Documents = ReadonlyMap<string, unknown>;

function documentsIn(lines: string): Documents {
  const documents = new Map<string, unknown>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const { key, value } = documentSchema.parse(JSON.parse(line));
    documents.set(key, value);
  }
  return documents;
}

const madeUpLines = (): string =>
  Array.from({ length: 12_000 }, (_, number) => {
    const value = { number, summary: "🥊".repeat(number % 50), versions: [number % 9, null] };
    return `${JSON.stringify({ key: `package ${number}`, value })}\n`;
  }).join("");

/** How many documents a node shows; 0 where it does not say. */
async function countOn({ url }: { readonly url: string }): Promise<number> {
  try {
    const answer = await fetch(`${url}/api/v2/${databaseName}/${collection}?count=true&limit=0`);
    return z.object({ count: z.number() }).safeParse(await answer.json()).data?.count ?? 0;
  } catch {
    return 0;
  }
}

/**
 * Has another node lead, by a crash of the one that leads or by a handover. Resolves to the restart of the one that
 * crashed, which need not be waited for.
 */
async function changeLeader(
  cluster: ProcessCluster,
  way: "crash" | "handover",
): Promise<{ readonly restart?: Promise<void> }> {
  // So that another may lead.
  await eventually(() => expect(cluster.state.inSync.length).toBeGreaterThan(1));
  const before = await eventually(() => cluster.leader ?? expect.fail("nobody leads"));
  if (way === "crash") {
    await before.kill();
    await eventually(() => expect(cluster.leader ?? before).not.toBe(before));
    return { restart: before.start() };
  }
  await eventually(async () => {
    const { leader, state } = cluster;
    if (leader !== before) return;
    const to = state.inSync.find(({ nodeId }) => nodeId !== before.nodeId);
    expect(await before.handOver(databaseName, to?.nodeId ?? "")).toBeUndefined();
  });
  return {};
}

test(
  `an import outlives ${changes} changes of the leader, and stores every document once`,
  { timeout: 120_000 + changes * 60_000 },
  async () => {
    const lines =
      givenFile === undefined ? madeUpLines() : gunzipSync(await readFile(givenFile)).toString();
    const documents = documentsIn(lines);
    await using cluster = await ProcessCluster.start({ segmentBytes });
    const urls = cluster.nodes.map(({ url }) => url).join(",");
    const place = ["--database", databaseName, "--collection", collection];
    const child = startBoxerdb(["import", "-", ...place, "--url", urls, "--json"]);
    const ended = endOf(child);
    // It cannot end before the leader has changed so often: the last line is not there yet.
    const lastLine = lines.trimEnd().lastIndexOf("\n") + 1;
    child.stdin.write(lines.slice(0, lastLine));

    const { epoch } = cluster.state;
    const restarts: Promise<void>[] = [];
    for (let change = 1; change <= changes; change++) {
      // In the first third: what comes after the middle may wait for the last line.
      const target = (documents.size * change) / changes / 3;
      await eventually(async () => {
        const count = Math.max(...(await Promise.all(cluster.nodes.map(countOn))));
        expect(count).toBeGreaterThanOrEqual(target);
      });
      const { restart } = await changeLeader(cluster, change % 2 === 1 ? "crash" : "handover");
      if (restart !== undefined) restarts.push(restart);
    }
    await Promise.all(restarts);
    child.stdin.end(lines.slice(lastLine));
    const { code, out, err } = await ended;
    if (givenFile !== undefined) console.info(out, err);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(JSON.parse(out)).toMatchObject({ documents: documents.size });
    expect(cluster.state.epoch).toBeGreaterThanOrEqual(epoch + changes);

    await cluster.untilInSync();
    const { highWatermark } = await expectSameContent(cluster.nodes);
    const [first] = cluster.nodes;
    const shown = documentsIn(await exportOf(first ?? expect.fail("there are no nodes")));
    expect(shown.size).toBe(documents.size);
    for (const [key, value] of documents) expect(shown.get(key), key).toEqual(value);

    cluster.expectNoViolation();
    await Promise.all(cluster.nodes.map((node) => node.stop()));
    for (const node of cluster.nodes) {
      const written = [...(await recordsOf(node))].filter(
        ([offset, record]) => offset < highWatermark && record.collection === collection,
      );
      expect(written.length, `records on ${node.nodeId}`).toBe(documents.size);
    }
  },
);
