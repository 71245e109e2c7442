import type { Figures, Sizes } from "../report/figures.ts";

/** What a process is to measure. */
export interface Task {
  /** Names a measurement in `measurements.ts`. */
  readonly work: string;
  /** Names a subject in `subject-registry.ts`, for works that know several. */
  readonly subject: string;
  /** Where its store is, or is to be made. */
  readonly directory: string;
  readonly sizes: Sizes;
  /** A file to read, for works that read one. */
  readonly input?: string;
}

/** Does a task in the process that was started for it, tells how far it is, resolves to its figures. */
export type Measurement = (task: Task, tell: (text: string) => void) => Promise<Figures>;

/** What a process sends to the one that started it. */
export type WorkerMessage =
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "figures"; readonly figures: Figures };

/** Whether something that came from another process is a message. */
export function isWorkerMessage(value: unknown): value is WorkerMessage {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  return value.type === "progress" || value.type === "figures";
}
