import type { NodeSettings } from "./node-messages.ts";
import { NodeProcess } from "./node-process.ts";

/** A node of a cluster, which keeps its directory and its ports from one process to the next. */
export class ServedNode {
  readonly settings: NodeSettings;
  readonly logPath: string;
  #process: NodeProcess | undefined;
  /** Settles when a start has ended, one way or the other. */
  #starting: Promise<unknown> = Promise.resolve();

  constructor(settings: NodeSettings, logPath: string) {
    this.settings = settings;
    this.logPath = logPath;
  }

  get nodeId(): string {
    return this.settings.nodeId;
  }

  /** Where clients reach it. */
  get url(): string {
    return `http://127.0.0.1:${this.settings.port}`;
  }

  async start(): Promise<void> {
    const starting = NodeProcess.start(this.settings, this.logPath);
    this.#starting = Promise.allSettled([starting]);
    this.#process = await starting;
  }

  async kill(): Promise<void> {
    await this.#starting;
    const ending = this.#process;
    this.#process = undefined;
    await ending?.kill();
  }

  /** Stops it as an operator does. */
  async stop(): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    await ending?.stop();
  }

  pause(): void {
    this.#process?.pause();
  }

  resume(): void {
    this.#process?.resume();
  }

  /** Resolves to why it did not hand over; undefined where it did. */
  async handOver(database: string, toNodeId: string): Promise<string | undefined> {
    return this.#process === undefined ? "it is down" : this.#process.handOver(database, toNodeId);
  }
}
