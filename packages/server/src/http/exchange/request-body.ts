import { formatByteSize } from "../../config/byte-size.ts";
import { ProblemError } from "../problem.ts";

/** A body is longer than what is taken. */
export const tooLargeBody = (limitBytes: number): ProblemError =>
  new ProblemError({
    code: "too_large",
    message: `the body is larger than ${formatByteSize(limitBytes)}, the most that is taken here`,
    members: { limit: limitBytes, unit: "bytes" },
    // What is left of the body is not worth waiting for.
    headers: { connection: "close" },
  });

/** The connection ended before the body did. */
export const incompleteBody = (cause?: unknown): ProblemError =>
  new ProblemError(
    { code: "incomplete_body", message: "the connection ended before the body did" },
    { cause },
  );
