const reasons: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a directory"],
  ["EMFILE", "too many files are open"],
  ["ENOENT", "it does not exist"],
  ["ENOSPC", "the disk is full"],
  ["ENOTDIR", "it is not a directory"],
  ["EPERM", "not permitted"],
  ["EROFS", "the file system is read-only"],
]);

/** What the operating system has refused, in words; of another error, its own. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ("code" in error ? reasons.get(error.code) : undefined) ?? error.message;
}
