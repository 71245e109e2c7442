import {
  FaultyFileSystem,
  MemoryFileSystem,
  open,
  processLocalLocker,
  type Store,
  type StoreEvent,
  type StoreOptions,
} from "@boxerdb/engine";

import type { Fault, FaultInjector, Operation } from "../src/filesystem/faulty-filesystem.ts";
import type { SurvivalRule } from "../src/filesystem/survival.ts";

import { ManualClock } from "./manual-clock.ts";
import { OpenFiles } from "./open-files.ts";

/** Where the store is on every simulated machine. */
export const dataDirectory = "/srv/data";

/** How much of the write that power is lost in was taken, from 0 to 1. */
export type TakenShare = number;

/**
 * A machine with its disk in memory, on which one process after the other opens a store. Its power
 * can be cut and its process killed, at any operation on files.
 */
export class SimulatedMachine {
  readonly events: StoreEvent[] = [];
  clock = new ManualClock();
  /** What fails but for crashes. Default: nothing. */
  injector: FaultInjector = () => undefined;
  /** How many turns of the event loop the next operation on files takes. Default: none. */
  turnsOfNext: () => number = () => 0;
  #disk: MemoryFileSystem;
  #openFiles: OpenFiles;
  #files: FaultyFileSystem;
  #crashAt: { readonly operation: number; readonly taken: TakenShare } | undefined;

  constructor(disk = new MemoryFileSystem()) {
    this.#disk = disk;
    this.#openFiles = this.#mount();
    this.#files = this.#boot();
  }

  get disk(): MemoryFileSystem {
    return this.#disk;
  }

  /** What this process has changed on the disk so far. */
  get operations(): readonly Operation[] {
    return this.#files.operations;
  }

  /** The files that this process has open. */
  get openFiles(): readonly string[] {
    return this.#openFiles.paths;
  }

  async open(options: StoreOptions = {}): Promise<Store> {
    return open(dataDirectory, {
      segmentBytes: 4096,
      compaction: "manual",
      checkpoint: "manual",
      fileSystem: this.#files,
      // The lock ends with the process, as one of the kernel does.
      locker: processLocalLocker(),
      clock: this.clock,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /**
   * Lets everything come to a halt before so many more operations that change something have been
   * done; if that one is a write, after a share of its bytes.
   */
  haltAfter(operations: number, taken: TakenShare = 0): void {
    this.#crashAt = { operation: this.#files.operations.length + operations, taken };
  }

  /** Cuts the power; what `keep` says survives of what was not synced. The next process can start. */
  cutPower(keep: SurvivalRule): void {
    this.#disk = this.#disk.crash({ keep });
    this.#files = this.#boot();
  }

  /** Kills the process. All that it did stays, as unsynced as it was. The next process can start. */
  killProcess(): void {
    this.#disk = this.#disk.clone();
    this.#files = this.#boot();
  }

  #boot(): FaultyFileSystem {
    // What is left of the process before must not reach this one's disk and timers.
    this.clock = new ManualClock(this.clock.now());
    this.#crashAt = undefined;
    this.#openFiles = this.#mount();
    const files: FaultyFileSystem = new FaultyFileSystem(this.#openFiles, (operation) =>
      files === this.#files ? this.#faultOf(operation) : "crash",
    );
    return files;
  }

  #mount(): OpenFiles {
    return new OpenFiles(this.#disk, async () => {
      for (let left = this.turnsOfNext(); left > 0; left--) await new Promise(setImmediate);
    });
  }

  #faultOf(operation: Operation): Fault {
    const crash = this.#crashAt;
    if (crash !== undefined && operation.kind !== "read" && operation.index >= crash.operation) {
      const bytes = Math.floor((operation.bytes ?? 0) * crash.taken);
      return operation.kind === "write" ? { crashAfterBytes: bytes } : "crash";
    }
    return this.injector(operation);
  }
}
