import type { SimulatedTime } from "../../simulator/time/simulated-time.ts";
import { Transcript } from "../../simulator/transcript.ts";

import { table } from "./text-table.ts";

/** How a node stands to the database after what happened. */
export interface Standing {
  readonly epoch: number;
  readonly endOffset: number;
  readonly highWatermark: number;
}

interface Line {
  readonly time: string;
  readonly who: string;
  readonly standing: Standing | undefined;
  readonly what: string;
}

/** What nodes log that a reader of the story needs; all else is told by what it brings about. */
const worthTelling = [
  "starts again",
  "what was not synced is lost",
  "copying the database anew",
  "a new copy of the database",
  "set a damaged database aside",
  "store: set-aside",
  "the lease of this node was not renewed in time",
  "exits: ",
] as const;

/** What happens in a scenario, for people: who, when, what, and where the logs stand then. */
export class Story extends Transcript {
  readonly #time: SimulatedTime;
  readonly #lines: Line[] = [];
  /** Undefined: what happens now is not part of the story. */
  #beganMs: number | undefined;
  /** What happens while it is set is not told. */
  isQuiet = false;

  constructor(time: SimulatedTime) {
    super(time);
    this.#time = time;
  }

  /** Time counts from here, and nothing before it is told. */
  begin(): void {
    this.#beganMs = this.#time.nowMs;
  }

  /** Milliseconds since the beginning of the story. */
  get nowMs(): number {
    return Math.round(this.#time.nowMs - (this.#beganMs ?? 0));
  }

  /** Takes what the parts of the simulation note, and tells what of it is worth it. */
  override note(who: string, what: string): void {
    super.note(who, what);
    if (worthTelling.some((beginning) => what.startsWith(beginning))) {
      this.tell(who, what.replace(", database app", ""));
    }
  }

  /** Adds a line. `standing`: where the log of `who` stands, if it is a node. */
  tell(who: string, what: string, standing?: Standing): void {
    if (this.#beganMs === undefined || this.isQuiet) return;
    this.#lines.push({ time: String(this.nowMs), who, standing, what });
  }

  /** All that was told, in columns. */
  text(): string {
    const rows = this.#lines.map(({ time, who, standing, what }) => [
      time,
      who,
      String(standing?.epoch ?? ""),
      String(standing?.endOffset ?? ""),
      String(standing?.highWatermark ?? ""),
      what,
    ]);
    return table([">ms", "who", ">epoch", ">end", ">HW", "what happens"], rows);
  }
}
