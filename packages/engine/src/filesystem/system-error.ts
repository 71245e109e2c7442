/** What the kernel says about each code that a file system in memory can fail with. */
const descriptions = {
  EBADF: "bad file descriptor",
  EEXIST: "file already exists",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EPERM: "operation not permitted",
} as const;

export type SystemErrorCode = keyof typeof descriptions;

/** An error in the shape of Node's own, for file systems that do not come from Node. */
export class SystemError extends Error {
  readonly code: SystemErrorCode;
  readonly syscall: string;
  readonly path: string;

  /** `detail` replaces the kernel's words where they would say too little. */
  constructor(code: SystemErrorCode, syscall: string, path: string, detail?: string) {
    super(`${code}: ${detail ?? descriptions[code]}, ${syscall} '${path}'`);
    this.name = new.target.name;
    this.code = code;
    this.syscall = syscall;
    this.path = path;
  }
}

/** The machine lost power in the simulation: nothing reaches the disk any more. */
export class CrashedError extends SystemError {
  constructor(syscall: string, path: string) {
    super("EIO", syscall, path, "the simulated machine has lost power");
  }
}
