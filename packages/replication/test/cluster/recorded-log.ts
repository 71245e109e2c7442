import type { NodeLog } from "@boxerdb/replication";

/** A log line that a node wrote. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: object;
}

/** Keeps what a node logs, so that a test can ask for it. */
export class RecordedLog implements NodeLog {
  readonly lines: LogLine[] = [];

  info(fields: object, message: string): void {
    this.lines.push({ level: "info", message, fields });
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: "warn", message, fields });
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: "error", message, fields });
  }

  /** How often a message was logged. */
  count(message: string): number {
    return this.lines.filter((line) => line.message === message).length;
  }

  /** The reasons that were logged along with `message`. */
  reasonsOf(message: string): readonly string[] {
    return this.lines.flatMap(({ message: logged, fields }) =>
      logged === message && "reason" in fields && typeof fields.reason === "string"
        ? [fields.reason]
        : [],
    );
  }

  /** The messages of the errors that were logged along with `message`. */
  errorsOf(message: string): readonly string[] {
    return this.lines.flatMap(({ message: logged, fields }) =>
      logged === message && "err" in fields && fields.err instanceof Error
        ? [fields.err.message]
        : [],
    );
  }
}
