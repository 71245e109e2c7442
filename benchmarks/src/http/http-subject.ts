import type { LoadResult } from "./load-result.ts";
import type { Program } from "./program.ts";
import type { ServerProcess } from "./server-process.ts";
import type { Work } from "./work.ts";

/** A server that is measured. */
export interface HttpSubject {
  /** As in rounds and tables. */
  readonly name: string;
  /** What must be on PATH. */
  readonly programs: readonly Program[];
  readonly start: (setup: SubjectSetup) => Promise<RunningSubject>;
}

/** What a server is started with. */
export interface SubjectSetup {
  /** An empty directory for its data. */
  readonly directory: string;
  /** How many documents it is to hold; they are read, and overwritten, in turn. */
  readonly documents: number;
  /** Ends what was started. */
  readonly running: AsyncDisposableStack;
}

/** A server that waits for its load. */
export interface RunningSubject {
  /** Whose processor time and memory count. */
  readonly processes: readonly ServerProcess[];
  /** Puts the load of a work on it for so many seconds. A work that it does not know is left out. */
  readonly loads: { readonly [work in Work]?: (seconds: number) => Promise<LoadResult> };
}
