/**
 * Whether others may resume reading the logs of a store: it has had followers, or is a copy itself. A
 * store that never had any has nobody for whom it would have to keep tombstones and expired values.
 *
 * Persisted as the file `REPLICAS`, which is there or not; nobody reads it. Never taken back, but by
 * `repair`, which makes another store of the directory.
 */
import type { FileSystem } from "../filesystem/filesystem.ts";

import {
  replicaManifestName,
  replicasManifestName,
  writeManifest,
  type ReplicasManifest,
} from "./manifest.ts";

export class ReplicaMark {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  #isSet: boolean;
  #isDurable: boolean;

  private constructor(fileSystem: FileSystem, directory: string, isSet: boolean) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#isSet = isSet;
    this.#isDurable = isSet;
  }

  /** The mark of the store in a directory. */
  static async find(fileSystem: FileSystem, directory: string): Promise<ReplicaMark> {
    const names = (await fileSystem.list(directory)).map(({ name }) => name);
    const isSet = names.includes(replicasManifestName) || names.includes(replicaManifestName);
    return new ReplicaMark(fileSystem, directory, isSet);
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  /** Sets it at once; resolves when that is durable. Where it rejects it can be called again. */
  async set(): Promise<void> {
    this.#isSet = true;
    if (this.#isDurable) return;
    const manifest: ReplicasManifest = { kind: "replicas" };
    await writeManifest(this.#fileSystem, this.#directory, replicasManifestName, manifest);
    this.#isDurable = true;
  }
}
