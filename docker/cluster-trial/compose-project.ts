import { runCommand } from "./command.ts";
import { Refusal } from "./refusal.ts";

/** `docker compose`, or the older `docker-compose` where there is no such plugin. */
type ComposeCommand = readonly [string, ...string[]];

/** The compose.yaml of the repository, run under a name of its own: no other project is touched. */
export class ComposeProject {
  readonly #command: ComposeCommand;
  readonly #options: readonly string[];

  /** Which compose it is and its version, as in `docker-compose 1.29.2`. */
  readonly version: string;

  private constructor(command: ComposeCommand, version: string, name: string, directory: string) {
    this.#command = command;
    this.#options = [
      "--project-name",
      name,
      "--project-directory",
      directory,
      "--file",
      `${directory}/compose.yaml`,
    ];
    this.version = `${command.join(" ")} ${version}`;
  }

  /**
   * Looks for a compose that works.
   *
   * @throws Refusal where there is none.
   */
  static async find(name: string, directory: string): Promise<ComposeProject> {
    const candidates: readonly ComposeCommand[] = [["docker", "compose"], ["docker-compose"]];
    for (const command of candidates) {
      const [program, ...args] = command;
      const result = await runCommand([program, ...args, "version", "--short"]).catch(() => null);
      if (result?.exitCode === 0) {
        return new ComposeProject(command, result.stdout.trim(), name, directory);
      }
    }
    throw new Refusal("neither `docker compose` nor `docker-compose` works: install one of them");
  }

  /** How a user would type it. */
  commandLine(...args: readonly string[]): string {
    return [...this.#command, ...this.#options, ...args].join(" ");
  }

  /** Runs it and gives what it wrote to standard output. Rejects where it fails. */
  async run(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const [program, ...rest] = this.#command;
    const { exitCode, stdout, output } = await runCommand(
      [program, ...rest, ...this.#options, ...args],
      signal,
    );
    if (exitCode === 0) return stdout;
    throw new Error(`${this.commandLine(...args)} ended with ${exitCode}:\n${output.trimEnd()}`);
  }

  /** Runs a command in the container of a service, however it ends: it may end the container, too. */
  async execute(service: string, command: readonly string[], signal: AbortSignal): Promise<void> {
    const [program, ...rest] = this.#command;
    const args = [...rest, ...this.#options, "exec", "-T", service, ...command];
    await runCommand([program, ...args], signal);
  }

  /** The id of the running container of a service. */
  async containerId(service: string, signal: AbortSignal): Promise<string> {
    return (await this.run(["ps", "--quiet", service], signal)).trim();
  }
}
