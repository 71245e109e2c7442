import type { WrittenGroup } from "@boxerdb/engine";

import { durationBoundsSeconds, Histogram } from "./histogram.ts";
import type { MetricFamily } from "./metric-family.ts";

const recordBounds: readonly number[] = [
  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536,
];

/** Counts the groups that each database writes: how long it takes, and how many records share it. */
export class GroupMetrics {
  /** By database, then by durability. */
  readonly #durations = new Map<string, Map<WrittenGroup["durability"], Histogram>>();
  readonly #records = new Map<string, Histogram>();

  /** Takes note of a group. */
  written({ database, records, durability, durationMs }: WrittenGroup): void {
    let durations = this.#durations.get(database);
    if (durations === undefined) this.#durations.set(database, (durations = new Map()));
    let duration = durations.get(durability);
    if (duration === undefined) {
      durations.set(durability, (duration = new Histogram(durationBoundsSeconds)));
    }
    duration.observe(durationMs / 1000);
    let sizes = this.#records.get(database);
    if (sizes === undefined) this.#records.set(database, (sizes = new Histogram(recordBounds)));
    sizes.observe(records);
  }

  /** Of the databases that are still there; what the others wrote is forgotten. */
  families(databases: readonly string[]): readonly MetricFamily[] {
    const kept = new Set(databases);
    for (const written of [this.#durations, this.#records]) {
      for (const database of written.keys()) if (!kept.has(database)) written.delete(database);
    }
    return [
      {
        type: "histogram",
        name: "boxerdb_group_write_duration_seconds",
        help:
          'Seconds to write a group of records to the log, and to sync it where durability is "disk". ' +
          "It is the speed of the disk: a write takes one to two of these.",
        distributions: databases.flatMap((database) =>
          [...(this.#durations.get(database) ?? [])].map(([durability, durations]) =>
            durations.distribution({ database, durability }),
          ),
        ),
      },
      {
        type: "histogram",
        name: "boxerdb_group_records",
        help:
          "Records that one write and one sync made durable together. It grows with the number of " +
          "writers at a time; its _sum is the number of records that were written.",
        distributions: databases.flatMap(
          (database) => this.#records.get(database)?.distribution({ database }) ?? [],
        ),
      },
    ];
  }
}
