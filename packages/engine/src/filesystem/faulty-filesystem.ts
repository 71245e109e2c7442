import {
  type DirectoryEntry,
  type FileHandle,
  type FileSystem,
  type OpenMode,
  writeFully,
} from "./filesystem.ts";
import { CrashedError } from "./system-error.ts";

export type OperationKind =
  /** Everything that changes nothing: reads, sizes, lists, opening for reading. */
  | "read"
  | "create"
  | "open"
  | "write"
  | "datasync"
  | "truncate"
  | "rename"
  | "link"
  | "remove"
  | "removeTree"
  | "makeDirectory"
  | "syncDirectory";

/** One call that is about to reach the file system. */
export interface Operation {
  /**
   * How many operations that change something came before: of such a one, its own place in
   * `operations`; of a read, the place that the next of them will have.
   */
  readonly index: number;
  readonly kind: OperationKind;
  readonly path: string;
  /** Of a rename or a link: the new path. */
  readonly to?: string;
  /** Of a write or a read of content: how many bytes. Of a truncation: the size to be. */
  readonly bytes?: number;
}

/** What happens to an operation. */
export type Fault =
  /** It goes through. */
  | undefined
  /** It fails with this, and changes nothing. */
  | Error
  /** Of a write: only so many bytes are taken, as the kernel may do. */
  | { readonly short: number }
  /** The machine loses power before it. */
  | "crash"
  /** Of a write: the machine loses power when so many bytes of it were taken. */
  | { readonly crashAfterBytes: number };

/** Decides over each operation before it is done. */
export type FaultInjector = (operation: Operation) => Fault;

/**
 * Passes everything on to another file system, except where `injector` has it fail. After a crash
 * every operation throws CrashedError; what the disk holds then is up to the inner file system.
 */
export class FaultyFileSystem implements FileSystem {
  readonly #inner: FileSystem;
  readonly #faults: FaultPoint;

  constructor(inner: FileSystem, injector: FaultInjector = () => undefined) {
    this.#inner = inner;
    this.#faults = new FaultPoint(injector);
  }

  /** The operations so far that change something, failed ones included. */
  get operations(): readonly Operation[] {
    return this.#faults.operations;
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    this.#faults.pass({ kind: openKinds[mode], path });
    return new FaultyFileHandle(await this.#inner.open(path, mode), this.#faults);
  }

  async makeDirectory(path: string): Promise<boolean> {
    this.#faults.pass({ kind: "makeDirectory", path });
    return this.#inner.makeDirectory(path);
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    this.#faults.pass({ kind: "read", path });
    return this.#inner.list(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#faults.pass({ kind: "rename", path: from, to });
    await this.#inner.rename(from, to);
  }

  async link(from: string, to: string): Promise<void> {
    this.#faults.pass({ kind: "link", path: from, to });
    await this.#inner.link(from, to);
  }

  async remove(path: string): Promise<void> {
    this.#faults.pass({ kind: "remove", path });
    await this.#inner.remove(path);
  }

  async removeTree(path: string): Promise<void> {
    this.#faults.pass({ kind: "removeTree", path });
    await this.#inner.removeTree(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#faults.pass({ kind: "syncDirectory", path });
    await this.#inner.syncDirectory(path);
  }
}

const openKinds: Readonly<Record<OpenMode, OperationKind>> = {
  read: "read",
  write: "open",
  create: "create",
};

/** Where every operation of a file system and of its handles comes by. */
class FaultPoint {
  readonly operations: Operation[] = [];
  readonly #injector: FaultInjector;
  #crashed = false;

  constructor(injector: FaultInjector) {
    this.#injector = injector;
  }

  /** Throws where the operation is to fail; returns the limits that a write is to have. */
  pass(call: Omit<Operation, "index">): WriteLimit | undefined {
    if (this.#crashed) throw new CrashedError(call.kind, call.path);
    const operation: Operation = { index: this.operations.length, ...call };
    if (operation.kind !== "read") this.operations.push(operation);
    const fault = this.#injector(operation);
    if (fault === undefined) return undefined;
    if (fault instanceof Error) throw fault;
    if (fault === "crash") throw this.crash(operation);
    if (operation.kind !== "write") {
      throw new TypeError(
        `only a write can be short, not a ${operation.kind}: correct the injector`,
      );
    }
    return "short" in fault
      ? { bytes: fault.short, crashes: false }
      : { bytes: fault.crashAfterBytes, crashes: true };
  }

  crash({ kind, path }: Pick<Operation, "kind" | "path">): CrashedError {
    this.#crashed = true;
    return new CrashedError(kind, path);
  }
}

interface WriteLimit {
  readonly bytes: number;
  readonly crashes: boolean;
}

class FaultyFileHandle implements FileHandle {
  readonly path: string;
  readonly #inner: FileHandle;
  readonly #faults: FaultPoint;

  constructor(inner: FileHandle, faults: FaultPoint) {
    this.path = inner.path;
    this.#inner = inner;
    this.#faults = faults;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#faults.pass({ kind: "read", path: this.path, bytes: target.byteLength });
    return this.#inner.read(target, position);
  }

  readSync(target: Uint8Array, position: number): number {
    this.#faults.pass({ kind: "read", path: this.path, bytes: target.byteLength });
    return this.#inner.readSync(target, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    const call = { kind: "write", path: this.path, bytes: bytes.byteLength } as const;
    const limit = this.#faults.pass(call);
    if (limit === undefined) return this.#inner.write(bytes, position);
    const taken = bytes.subarray(0, limit.bytes);
    if (!limit.crashes) return this.#inner.write(taken, position);
    // Power goes now: nothing else may come between, while the last bytes are on their way.
    const crashed = this.#faults.crash(call);
    await writeFully(this.#inner, taken, position);
    throw crashed;
  }

  /** Counts as a write, or several where they are short, and a sync: each can fail. */
  async writeDurably(bytes: Uint8Array, position: number): Promise<void> {
    await writeFully(this, bytes, position);
    await this.datasync();
  }

  async datasync(): Promise<void> {
    this.#faults.pass({ kind: "datasync", path: this.path });
    await this.#inner.datasync();
  }

  async truncate(size: number): Promise<void> {
    this.#faults.pass({ kind: "truncate", path: this.path, bytes: size });
    await this.#inner.truncate(size);
  }

  async size(): Promise<number> {
    this.#faults.pass({ kind: "read", path: this.path });
    return this.#inner.size();
  }

  /** Never fails on purpose, so that a test can clean up after a crash. */
  async close(): Promise<void> {
    await this.#inner.close();
  }
}
