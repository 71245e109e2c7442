import { ServerError, UnreachableError } from "../client/errors.ts";

/**
 * - `unreachable`: no answer came. It may be one to its peers all the same, in a network of their own.
 * - `refused`: it tells nothing to who shows no token, or not the right one.
 * - `unreadable`: what is there does not answer as a node of the cluster would.
 */
export type AskFailureKind = "unreachable" | "refused" | "unreadable";

/** Why a node could not be asked. */
export interface AskFailure {
  readonly kind: AskFailureKind;
  /** In words. */
  readonly message: string;
}

/** A node was asked without the token, which was not meant for it, and tells nothing without one. */
export class TokenWithheldError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TokenWithheldError";
  }
}

/** Whether a node answered that it wants a token, or another one. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ServerError && (error.status === 401 || error.status === 403);

/** Judges what asking a node threw. */
export const askFailure = (error: unknown): AskFailure => ({
  kind: kindOf(error),
  message: error instanceof Error ? error.message : String(error),
});

const kindOf = (error: unknown): AskFailureKind => {
  if (error instanceof UnreachableError) return "unreachable";
  return error instanceof TokenWithheldError || isRefusal(error) ? "refused" : "unreadable";
};
