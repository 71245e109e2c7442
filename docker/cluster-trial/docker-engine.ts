import { runCommand } from "./command.ts";
import { Refusal } from "./refusal.ts";

/** What `docker inspect` tells of a container. */
export interface ContainerState {
  /** Of its last end; 0 while it has not ended. */
  readonly exitCode: number;
  /** How often its restart policy has brought it back. */
  readonly restarts: number;
}

/**
 * The version of the Docker engine that answers.
 *
 * @throws Refusal where there is no `docker` or no engine answers.
 */
export async function engineVersion(): Promise<string> {
  const command = ["docker", "version", "--format", "{{.Server.Version}}"] as const;
  const result = await runCommand(command).catch((cause: unknown) => {
    throw new Refusal("the command `docker` cannot be run: install Docker", { cause });
  });
  if (result.exitCode === 0) return result.stdout.trim();
  throw new Refusal(
    "no Docker engine answers: start it, or let DOCKER_HOST name one. " +
      `docker says: ${result.output.trim()}`,
  );
}

/** Asks the engine about a container. */
export async function containerState(id: string, signal: AbortSignal): Promise<ContainerState> {
  const format = "{{.State.ExitCode}} {{.RestartCount}}";
  const result = await runCommand(["docker", "inspect", "--format", format, id], signal);
  const numbers = /^(\d+) (\d+)$/.exec(result.stdout.trim());
  if (numbers === null) throw new Error(`docker inspect ${id} says: ${result.output.trim()}`);
  return { exitCode: Number(numbers[1]), restarts: Number(numbers[2]) };
}
