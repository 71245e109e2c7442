import { MemoryFileSystem, randomSurvival, SystemError, type FileSystem } from "@boxerdb/engine";

import type { Randomness } from "../randomness.ts";
import type { Death, SimulatedProcess } from "../time/simulated-process.ts";
import type { SimulatedTime } from "../time/simulated-time.ts";
import type { Transcript } from "../transcript.ts";

import { operationMs, type OperationKind } from "./operation-time.ts";
import { RottenBit } from "./rotten-bit.ts";
import { SimulatedFileSystem } from "./simulated-filesystem.ts";

/** In which share of all operations a disk fails with EIO, by what they do. */
export interface FailureRates {
  readonly read: number;
  /** Of changes of content and of names. */
  readonly write: number;
  readonly sync: number;
}

export const noFailures: FailureRates = { read: 0, write: 0, sync: 0 };

export interface DiskOptions {
  readonly time: SimulatedTime;
  readonly randomness: Randomness;
  readonly transcript: Transcript;
  /** The name of the machine that it is in. */
  readonly machine: string;
}

/** How often the kernel takes only a part of a write. */
const shortWriteRate = 0.01;

/**
 * The disk of one machine. It outlives processes; what of it survives a power cut is what its contract
 * says, and of the rest any subset. Its operations take time, and fail where it is told so.
 */
export class SimulatedDisk {
  readonly #time: SimulatedTime;
  readonly #randomness: Randomness;
  readonly #note: (what: string) => void;
  #content = new MemoryFileSystem();
  /** A sync has failed since the last restart: the kernel has dropped what it could not write. */
  #hasDroppedPages = false;
  /** How many times longer than usual operations take. */
  slowness = 1;
  failureRates: FailureRates = noFailures;

  constructor({ time, randomness, transcript, machine }: DiskOptions) {
    this.#time = time;
    this.#randomness = randomness;
    this.#note = (what) => transcript.note(machine, what);
  }

  /** What is on it, for looking at from outside. */
  get content(): MemoryFileSystem {
    return this.#content;
  }

  /**
   * The disk as a process has it, until that ends: a power cut loses of what is not synced whatever it
   * likes, a kill nothing, unless a sync had failed before.
   */
  fileSystemFor(owner: SimulatedProcess): FileSystem {
    const fileSystem = new SimulatedFileSystem(this.#content, this, owner);
    owner.onDeath((death) => {
      fileSystem.release();
      this.#processEnded(death);
    });
    return fileSystem;
  }

  /** The machine goes down: what is not synced survives in whole, in part or not at all. */
  losePower(): void {
    this.#note("what was not synced is lost, in part or all");
    const seed = this.#randomness.integer(0, 2 ** 31);
    this.#content = this.#content.crash({ keep: randomSurvival(seed) });
    this.#hasDroppedPages = false;
  }

  /** Lets nothing in any more beyond some bytes of free space. */
  fill(freeBytes = 0): void {
    this.#content.setCapacity(usedBytes(this.#content) + freeBytes);
  }

  /** There is room again. */
  free(): void {
    this.#content.setCapacity(Number.POSITIVE_INFINITY);
  }

  /** Flips one bit in any of the files that may rot, as old disks do. Undefined where there is none. */
  rot(mayRot: (path: string) => boolean): RottenBit | undefined {
    const paths = this.#content.fileNames().filter(mayRot);
    const sizes = paths.map((path) => {
      return [path, this.#content.readBytes(path).byteLength] as const;
    });
    const filled = sizes.filter(([, bytes]) => bytes > 0);
    if (filled.length === 0) return undefined;
    const [path, bytes] = this.#randomness.pick(filled);
    return new RottenBit(this.#content, path, this.#randomness.integer(0, bytes * 8));
  }

  /** Puts an empty disk in its place. Only while no process uses it. */
  replace(): void {
    this.#content = new MemoryFileSystem();
    this.#hasDroppedPages = false;
  }

  /**
   * Has an operation done, for a process that waits for it. It takes effect when it begins or when it
   * ends, so that a crash meanwhile finds it done or not done; where the process has died, not at all.
   */
  operate<Result>(
    owner: SimulatedProcess,
    kind: OperationKind,
    failure: Failure | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const effect = failure === undefined ? work : () => fail(failure, work);
    const begun = this.#randomness.chance(0.5) ? effect() : undefined;
    begun?.catch(() => {}); // Whoever waits is told; nobody does if the process dies.
    return new Promise((resolve, reject) => {
      this.#time.after(operationMs(this.#randomness, kind, this.slowness), () => {
        if (!owner.isAlive) return;
        const outcome = begun ?? effect();
        outcome.catch(() => {});
        owner.deliver("input", () => void outcome.then(resolve, reject));
      });
    });
  }

  /** Whether an operation is to fail now. */
  failureOf(kind: keyof FailureRates, syscall: string, path: string): Failure | undefined {
    const rate = this.failureRates[kind];
    if (rate === 0 || !this.#randomness.chance(rate)) return undefined;
    if (kind === "sync") this.#hasDroppedPages = true;
    this.#note(`EIO from ${syscall} of ${path}`);
    const isDone = kind === "write" && this.#randomness.chance(0.5);
    return { error: new SystemError("EIO", syscall, path), isDone };
  }

  /** How many bytes of a write are taken. */
  takenOf(bytes: number): number {
    if (bytes < 2 || !this.#randomness.chance(shortWriteRate)) return bytes;
    return this.#randomness.integer(1, bytes);
  }

  #processEnded(death: Death): void {
    if (death === "power lost" || this.#hasDroppedPages) this.losePower();
  }
}

/** An operation that fails. */
export interface Failure {
  readonly error: SystemError;
  /** It is done all the same: an error says nothing about what is on the disk. */
  readonly isDone: boolean;
}

async function fail(failure: Failure, work: () => Promise<unknown>): Promise<never> {
  if (failure.isDone) await work();
  throw failure.error;
}

const usedBytes = (content: MemoryFileSystem): number =>
  content.fileNames().reduce((sum, path) => sum + content.readBytes(path).byteLength, 0);
