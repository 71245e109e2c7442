import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Scope } from "../src/access/scope.ts";
import { digestOf } from "../src/access/token.ts";

/** A directory of files that say who is let in, which goes when it is disposed of. */
export class AccessFiles implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<AccessFiles> {
    return new AccessFiles(await mkdtemp(join(tmpdir(), "boxerdb-access-")));
  }

  /** Writes a file, for its owner only. Returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, text);
    await chmod(path, 0o600);
    return path;
  }

  /** Writes a tokens file with a token of each secret. Returns its path. */
  async writeTokens(scopes: Readonly<Record<string, Scope>>): Promise<string> {
    const lines = Object.entries(scopes).map(([secret, scope], index) =>
      JSON.stringify({ name: `t${index}`, scope, sha256: digestOf(secret) }),
    );
    return this.write("tokens", `${lines.join("\n")}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }
}
