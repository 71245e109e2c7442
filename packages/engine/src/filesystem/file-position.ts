import { SystemError } from "./system-error.ts";

/**
 * Refuses what is no place in a file. Node takes a negative position for "where the descriptor
 * stands", so that a miscalculated one would silently read or write somewhere else.
 */
export function checkPosition(position: number, syscall: string, path: string): void {
  if (!Number.isSafeInteger(position) || position < 0) {
    throw new SystemError("EINVAL", syscall, path, `${position} is no position in a file`);
  }
}
