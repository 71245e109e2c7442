import type { StoreEvent } from "../events.ts";

import type { ScannedGroup } from "./segment-scanner.ts";

const progressStepBytes = 64 << 20;

/** Tells how far the opening of a database has come: about every 64 MiB, and at its end. */
export class OpeningProgress {
  readonly #database: string;
  readonly #onEvent: (event: StoreEvent) => void;
  readonly #totalBytes: number;
  #readBytes = 0;
  #records = 0;
  #toldBytes = 0;

  /** `totalBytes`: how much there is to read. */
  constructor(database: string, onEvent: (event: StoreEvent) => void, totalBytes: number) {
    this.#database = database;
    this.#onEvent = onEvent;
    this.#totalBytes = totalBytes;
  }

  /** Bytes that were read so far. */
  get readBytes(): number {
    return this.#readBytes;
  }

  addGroup(group: ScannedGroup): void {
    this.#records += group.records.length;
    this.addBytes(group.endPosition - group.header.position);
  }

  addBytes(count: number): void {
    this.#readBytes += count;
    if (this.#readBytes - this.#toldBytes >= progressStepBytes) this.#tell();
  }

  done(): void {
    this.#readBytes = this.#totalBytes;
    this.#tell();
  }

  #tell(): void {
    this.#toldBytes = this.#readBytes;
    this.#onEvent({
      type: "opening",
      database: this.#database,
      readBytes: this.#readBytes,
      totalBytes: this.#totalBytes,
      records: this.#records,
    });
  }
}
