import { inspect, type FileSystem } from "@boxerdb/engine";

import { documentsOf } from "../../simulator/cluster/client-service.ts";

import type { ClientCall } from "./client-call.ts";
import { databaseName } from "./database-name.ts";
import type { ScenarioCluster } from "./scenario-cluster.ts";
import { table } from "./text-table.ts";

/** A record, as it is told. */
interface LoggedRecord {
  readonly epoch: number;
  readonly text: string;
}

/** The log of one node, as it stands on its disk: records by offset. */
type NodeLog = ReadonlyMap<number, LoggedRecord>;

/** What has come of a scenario: the logs of all nodes, and what clients were told. */
export class FinalLogs {
  readonly #cluster: ScenarioCluster;
  readonly #logs: ReadonlyMap<string, NodeLog>;

  private constructor(cluster: ScenarioCluster, logs: ReadonlyMap<string, NodeLog>) {
    this.#cluster = cluster;
    this.#logs = logs;
  }

  static async read(cluster: ScenarioCluster): Promise<FinalLogs> {
    const logs = new Map<string, NodeLog>();
    for (const [node, { disk }] of cluster.world.machines)
      logs.set(node, await readLog(disk.content));
    return new FinalLogs(cluster, logs);
  }

  /** What is wrong, one line for each: logs that differ, and acknowledged writes that are gone. */
  get problems(): readonly string[] {
    return [...this.#differences, ...this.#losses];
  }

  /** Where each node stands, and what clients were told. */
  get summary(): string {
    return `${this.#standings}\n\n${this.#answers}`;
  }

  /** The same, and all records of all nodes. */
  get text(): string {
    return `${this.#standings}\n\n${this.#records}\n\n${this.#answers}`;
  }

  get #differences(): readonly string[] {
    const differences: string[] = [];
    const [first = "", ...others] = this.#cluster.nodes;
    const content = contentOf(this.#cluster, first);
    for (const other of others) {
      if (contentOf(this.#cluster, other) !== content)
        differences.push(`${first} and ${other} show different things`);
      for (const offset of this.#offsets) {
        const [mine, theirs] = [
          this.#logs.get(first)?.get(offset),
          this.#logs.get(other)?.get(offset),
        ];
        // Of a log that was compacted a record may be gone; where it stands, it is the same.
        if (mine === undefined || theirs === undefined) continue;
        if (mine.epoch === theirs.epoch && mine.text === theirs.text) continue;
        differences.push(`${first} and ${other} have different records @${offset}`);
      }
    }
    return differences;
  }

  get #losses(): readonly string[] {
    const replaced = new Set<string>();
    const losses: string[] = [];
    // The last one of each key counts: what was there before it may have been compacted away.
    for (const call of this.#cluster.calls.toReversed()) {
      const offset = call.acknowledgedOffset;
      const { key } = call.request;
      if (offset === undefined || replaced.has(key)) continue;
      replaced.add(key);
      for (const node of this.#cluster.nodes) {
        if (this.#isThere(call, node)) continue;
        losses.push(`${call.requestText} was acknowledged @${offset}, and is not on ${node}`);
      }
    }
    return losses;
  }

  #isThere({ request, acknowledgedOffset }: ClientCall, node: string): boolean {
    const running = this.#cluster.world.running.get(node);
    if (running === undefined) return false;
    const entry = documentsOf(running.store, databaseName).getEntry(request.key);
    if (request.kind === "delete") return entry === undefined;
    // A write of which nobody knows may have come to be after it.
    return entry !== undefined && entry.offset >= (acknowledgedOffset ?? 0);
  }

  get #offsets(): readonly number[] {
    const all = new Set([...this.#logs.values()].flatMap((log) => [...log.keys()]));
    return [...all].toSorted((a, b) => a - b);
  }

  get #standings(): string {
    const rows = this.#cluster.nodes.map((node) => {
      const starts = this.#cluster.replica(node)?.open.log.epochs.starts ?? [];
      const reigns = starts.map(({ epoch, startOffset }) => `${epoch} from @${startOffset}`);
      const end = this.#cluster.endOf(node);
      const highWatermark = this.#cluster.highWatermarkOf(node);
      return [node, String(end), String(highWatermark), reigns.join(", ")];
    });
    const standings = table(["node", ">end", ">HW", "epochs"], rows);
    return `Where the nodes stand in the end\n\n${standings}`;
  }

  get #records(): string {
    const { nodes } = this.#cluster;
    const rows = this.#offsets.map((offset) => [
      `@${offset}`,
      ...nodes.map((node) => {
        const record = this.#logs.get(node)?.get(offset);
        return record === undefined ? "" : `epoch ${record.epoch}: ${record.text}`;
      }),
    ]);
    const same = rows.every(([, ...cells]) => new Set(cells).size === 1);
    const records = same
      ? table(
          [">offset", "on all nodes"],
          rows.map((row) => row.slice(0, 2)),
        )
      : table([">offset", ...nodes], rows);
    return `The logs in the end\n\n${records}`;
  }

  get #answers(): string {
    const rows = this.#cluster.calls.map((call) => [
      call.requestText,
      call.node,
      call.answerText,
      this.#fateOf(call),
    ]);
    const answers = table(["asked for", "of", "told", "in the end"], rows);
    return `What clients were told, and what has come of it\n\n${answers}`;
  }

  #fateOf({ request }: ClientCall): string {
    const text = textOf(request.kind, request.key, "value" in request ? request.value : undefined);
    const [log] = this.#logs.values();
    const found = [...(log ?? [])].find(([, record]) => record.text === text);
    return found === undefined ? "not there" : `@${found[0]}`;
  }
}

async function readLog(fileSystem: FileSystem): Promise<NodeLog> {
  const log = new Map<number, LoggedRecord>();
  for await (const item of inspect("/data", { fileSystem, database: databaseName })) {
    if (item.type !== "record") continue;
    const { kind, key, value, epoch, offset } = item;
    log.set(offset, { epoch, text: textOf(kind, key, value) });
  }
  return log;
}

const textOf = (kind: "put" | "delete" | "epoch", key: string, value: unknown): string => {
  if (kind === "epoch") return "begins";
  return kind === "put" ? `${key} = ${String(value)}` : `delete ${key}`;
};

function contentOf(cluster: ScenarioCluster, node: string): string {
  const running = cluster.world.running.get(node);
  return running === undefined
    ? ""
    : JSON.stringify([...documentsOf(running.store, databaseName).entries()]);
}
