/** An empty project in a temporary directory, into which the packed package is installed. */
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readmeProgram } from "../readme-program.ts";

import { run } from "./command.ts";

const packageDirectory = join(import.meta.dirname, "../..");
const workspaceDirectory = join(packageDirectory, "../..");

/** As strict as a project can be; above all, the declarations of libraries are checked too. */
const compilerOptions = {
  module: "nodenext",
  moduleResolution: "nodenext",
  target: "es2023",
  lib: ["esnext"],
  types: ["node"],
  typeRoots: [join(workspaceDirectory, "node_modules/@types")],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
};

export class ConsumerProject implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Packs the package, installs it into a new project, and compiles the consumer's programs there. */
  static async create(): Promise<ConsumerProject> {
    const project = new ConsumerProject(await mkdtemp(join(tmpdir(), "boxerdb-packed-")));
    try {
      const tarball = await project.#pack();
      await writeFile(join(project.directory, "README.ts"), readmeProgram);
      await cp(join(import.meta.dirname, "consumer"), project.directory, { recursive: true });
      await project.#write("package.json", { private: true, type: "module" });
      await project.#write("tsconfig.json", { compilerOptions });
      await project.#install(tarball);
      await project.#compile();
      return project;
    } catch (error) {
      await project[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the package is, as it was installed. */
  get installedPackage(): string {
    return join(this.directory, "node_modules/@boxerdb/engine");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async #pack(): Promise<string> {
    const pnpm = ["-y", "pnpm@12", "pack", "--pack-destination", this.directory];
    await run("npx", pnpm, { cwd: packageDirectory });
    const tarball = (await readdir(this.directory)).find((name) => name.endsWith(".tgz"));
    if (tarball === undefined) throw new Error("pnpm pack made no tarball");
    return join(this.directory, tarball);
  }

  /** With npm, as most would; without scripts, as the package needs none. */
  async #install(tarball: string): Promise<void> {
    const quietly = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    const args = ["install", ...quietly, "--prefix", this.directory, tarball];
    await run("npm", args, { cwd: this.directory });
  }

  /** Has TypeScript check the programs and the package's declarations, and compile the programs. */
  async #compile(): Promise<void> {
    await run(join(workspaceDirectory, "node_modules/.bin/tsc"), ["--pretty", "false"], {
      cwd: this.directory,
    });
  }

  async #write(name: string, content: object): Promise<void> {
    await writeFile(join(this.directory, name), JSON.stringify(content));
  }
}
