import type { Clock, FileSystem } from "@boxerdb/engine";

import { SimulatedDisk } from "./disk/simulated-disk.ts";
import type { Randomness } from "./randomness.ts";
import { MachineClock } from "./time/machine-clock.ts";
import { SimulatedProcess, type Death } from "./time/simulated-process.ts";
import type { SimulatedTime } from "./time/simulated-time.ts";
import type { Transcript } from "./transcript.ts";

/** What a program that runs on a machine has of it. */
export interface ProgramEnvironment {
  /** The name of the machine. */
  readonly host: string;
  /** How often the program was started on it, this time included. */
  readonly starts: number;
  readonly process: SimulatedProcess;
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  /** For what the program draws itself, such as UUIDs. */
  readonly randomness: Randomness;
  /** Ends the process, as `process.exit`; the machine starts it again after `restartMs`. */
  readonly exit: (why: string, restartMs: number) => void;
}

/** Runs in a process of its own, from its start until that ends. Must not reject. */
export type Program = (environment: ProgramEnvironment) => Promise<void>;

export interface MachineOptions {
  readonly name: string;
  readonly time: SimulatedTime;
  readonly randomness: Randomness;
  readonly transcript: Transcript;
  readonly program: Program;
}

/** A machine with a disk and clocks, which runs one program, in one process after the other. */
export class SimulatedMachine {
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly clock: MachineClock;
  readonly #options: MachineOptions;
  #process: SimulatedProcess | undefined;
  #starts = 0;
  /** How many faults keep the program from being started. */
  #holds = 0;

  constructor(options: MachineOptions) {
    const { name, time, randomness, transcript } = options;
    this.name = name;
    this.#options = options;
    const disk = { time, randomness: randomness.fork("disk"), transcript, machine: name };
    this.disk = new SimulatedDisk(disk);
    this.clock = new MachineClock(time, randomness.fork("clock"));
  }

  /** Of the program; undefined where it does not run. */
  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Starts the program, unless it runs or is held back. */
  start(): void {
    if (this.#process !== undefined || this.#holds > 0) return;
    const { name, program, randomness, transcript } = this.#options;
    this.#starts += 1;
    transcript.note(
      name,
      this.#starts === 1 ? "starts" : `starts again, for the ${this.#starts}. time`,
    );
    const process = new SimulatedProcess(name);
    this.#process = process;
    process.onDeath(() => (this.#process = undefined));
    void program({
      host: name,
      starts: this.#starts,
      process,
      clock: this.clock.clockFor(process),
      fileSystem: this.disk.fileSystemFor(process),
      randomness: randomness.fork(`start ${this.#starts}`),
      exit: (why, restartMs) => this.#exit(process, why, restartMs),
    });
  }

  /**
   * Ends the program, and the machine where it loses its power, until what is returned is called. While
   * several hold it down, it stays down.
   */
  crash(death: Death): () => void {
    if (this.#process !== undefined) this.#process.die(death);
    else if (death === "power lost") this.disk.losePower();
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      this.start();
    };
  }

  #exit(process: SimulatedProcess, why: string, restartMs: number): void {
    if (!process.isAlive) return;
    this.#options.transcript.note(this.name, `exits: ${why}`);
    process.die("killed");
    this.#options.time.after(restartMs, () => this.start());
  }
}
