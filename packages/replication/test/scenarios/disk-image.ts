import { inspect, MemoryFileSystem } from "@boxerdb/engine";

import type { SimulatedMachine } from "../../simulator/simulated-machine.ts";

import { databaseName } from "./database-name.ts";

/** All that stands on the disk of a machine that is off. */
export class DiskImage {
  readonly #content: MemoryFileSystem;

  private constructor(content: MemoryFileSystem) {
    this.#content = content;
  }

  static of({ disk }: SimulatedMachine): DiskImage {
    return new DiskImage(disk.content.clone());
  }

  /** The same as it was before the last records were written to the log, but for what is told beside the log. */
  async withoutLastRecords(): Promise<DiskImage> {
    const content = this.#content.clone();
    let last: { readonly path: string; readonly position: number } | undefined;
    for await (const item of inspect("/data", { fileSystem: content, database: databaseName })) {
      if (item.type === "group" && item.recordBytes > 0) last = item;
    }
    if (last === undefined) throw new Error("there is nothing in the log");
    content.writeBytes(last.path, content.readBytes(last.path).subarray(0, last.position));
    return new DiskImage(content);
  }

  /** The same without what tells, beside the log, how far that reaches. */
  withoutLogEnd(): DiskImage {
    const kept = new MemoryFileSystem();
    for (const path of this.#content.fileNames()) {
      const isOfLog = !path.endsWith("/END") && !path.endsWith(".checkpoint");
      if (isOfLog) kept.writeBytes(path, this.#content.readBytes(path));
    }
    return new DiskImage(kept);
  }

  /** Puts it into a machine that is off, in the place of what was there. */
  async putInto({ disk }: SimulatedMachine): Promise<void> {
    await disk.content.removeTree("/data");
    for (const path of this.#content.fileNames()) {
      disk.content.writeBytes(path, this.#content.readBytes(path));
    }
  }
}
