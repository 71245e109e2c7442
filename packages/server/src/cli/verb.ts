import type { Command } from "commander";
import type { z } from "zod";

import { exitCode, exitCodeTable, type ExitCode, type ExitCodeName } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** A command line that is shown in the help, with what it does. */
export interface Example {
  readonly does: string;
  readonly line: string;
}

/** One verb of the command line: what it is called, what it takes, what it does. */
export interface Verb<Input> {
  readonly name: string;
  /** One line, for the list of verbs. */
  readonly summary: string;
  /** What the help of the verb says above its options. */
  readonly description: string;
  readonly examples: readonly Example[];
  /** How it can end beside "ok" and "failed" and "usage", which every verb can. */
  readonly exitCodes: readonly ExitCodeName[];
  /** Adds the arguments and options. */
  declare(command: Command): Command;
  /** Arguments by their names and options by theirs, in one object. */
  readonly input: z.ZodType<Input>;
  /** Does it. Returns how it ended where that is not "ok"; throws what went wrong. */
  run(input: Input, terminal: Terminal): Promise<ExitCode | undefined>;
}

const helpEnd = (verb: Pick<Verb<unknown>, "examples" | "exitCodes">): string => {
  const examples = verb.examples.flatMap(({ does, line }) => [`  # ${does}`, `  ${line}`]);
  const names: readonly ExitCodeName[] = ["ok", "failed", "usage", ...verb.exitCodes];
  return ["", "Examples:", ...examples, "", exitCodeTable(names)].join("\n");
};

/** Arguments and options as one object, for the schema of the verb to read. */
const inputOf = (command: Command): Record<string, unknown> => {
  const processed: readonly unknown[] = command.processedArgs;
  const named = command.registeredArguments.map(
    (argument, index) => [argument.name(), processed[index]] as const,
  );
  return { ...command.opts(), ...Object.fromEntries(named) };
};

/** Makes a verb part of a program. `ended` hears how a run of it ended. */
export const addVerb = <Input>(
  program: Command,
  verb: Verb<Input>,
  terminal: Terminal,
  ended: (code: ExitCode) => void,
): void => {
  const command = program
    .command(verb.name)
    .summary(verb.summary)
    .description(verb.description)
    .addHelpText("after", helpEnd(verb));
  verb.declare(command).action(async () => {
    ended((await verb.run(verb.input.parse(inputOf(command)), terminal)) ?? exitCode.ok);
  });
};

/** Makes a verb that only has verbs below it, as `token` has `create`. Returns where to add those. */
export const addVerbGroup = (program: Command, name: string, summary: string): Command =>
  program
    .command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`)
    .usage("<verb> [options]")
    .commandsGroup("Verbs:")
    .helpCommand(false);
