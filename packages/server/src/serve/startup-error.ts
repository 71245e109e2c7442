/** Why a server could not start. */
export type StartupErrorCode =
  /** Another process listens on the port. */
  | "PORT_IN_USE"
  /** The address is not one of this machine, or the port may not be listened on. */
  | "ADDRESS_UNUSABLE"
  /** The data directory cannot be read or written. */
  | "DATA_DIRECTORY_UNUSABLE";

/** The server could not start. The message says which flag to change, or what to do else. */
export class StartupError extends Error {
  readonly code: StartupErrorCode;

  constructor(code: StartupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What to say of a port that could not be listened on; the error itself where it is another one. */
export function listenError(error: unknown, host: string, port: number, flag: string): unknown {
  const hostFlag = flag.replace("port", "host");
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return new StartupError(
        "PORT_IN_USE",
        `port ${port} on ${host} is in use: stop the process that listens there, or give ${flag} ` +
          "another port",
        { cause: error },
      );
    case "EACCES":
    case "EPERM":
      return new StartupError(
        "ADDRESS_UNUSABLE",
        `port ${port} on ${host} may not be listened on by this user: give ${flag} one above 1023`,
        { cause: error },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAFNOSUPPORT":
    case "EINVAL":
      return new StartupError(
        "ADDRESS_UNUSABLE",
        `${host} is not an address of this machine: give ${hostFlag} one that is, such as 127.0.0.1`,
        { cause: error },
      );
    default:
      return error;
  }
}

/** What to say of a directory that the file system does not let us use; else the error itself. */
export function directoryError(error: unknown, directory: string): unknown {
  const reason = directoryReasons[systemCode(error)];
  if (reason === undefined) return error;
  return new StartupError(
    "DATA_DIRECTORY_UNUSABLE",
    `the data directory ${directory} cannot be used: ${reason}`,
    { cause: error },
  );
}

const directoryReasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not read and write it: change its owner, or give another --data-dir",
  EPERM: "this user may not read and write it: change its owner, or give another --data-dir",
  ENOENT: "it cannot be made there: give another --data-dir",
  EROFS: "the file system is read-only: give another --data-dir",
  ENOTDIR: "it, or something above it, is not a directory: give another --data-dir",
  EEXIST: "there is a file of this name: give another --data-dir",
  ENOSPC: "the disk is full: free some space",
  EIO: "the disk reports an error: look after the disk",
};

/**
 * The code of an error of the operating system, also where another error carries it as its cause;
 * empty where there is none.
 */
function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("syscall" in error && "code" in error) return String(error.code);
  return systemCode(error.cause);
}
