import type { Argument, Command, Option } from "commander";

/** What can stand in a place of a command line, as far as a shell can tell. */
export type Wanted =
  | { readonly kind: "file" | "directory" | "value"; readonly name: string }
  | { readonly kind: "choice"; readonly name: string; readonly choices: readonly string[] };

/** An option of a verb. */
export interface OutlinedOption {
  /** As in `-h` and `--help`, the short one first. */
  readonly names: readonly string[];
  readonly description: string;
  /** What follows it; undefined where nothing does. */
  readonly wanted: Wanted | undefined;
}

/** A verb, and what can follow it. */
export interface OutlinedVerb {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OutlinedOption[];
  /** In their order. */
  readonly arguments: readonly Wanted[];
  /** Those below it, as `create` is below `token`; empty for most. */
  readonly verbs: readonly OutlinedVerb[];
}

/** What a shell has to know of the program to complete its command lines. */
export interface ProgramOutline {
  readonly name: string;
  readonly verbs: readonly OutlinedVerb[];
}

/** The outline of a program as it is defined, so that completion never knows another one. */
export function outlineOf(program: Command): ProgramOutline {
  return { name: program.name(), verbs: outlinedVerbs(program) };
}

function outlinedVerbs(parent: Command): readonly OutlinedVerb[] {
  const help = parent.createHelp();
  const commands = help.visibleCommands(parent);
  const names = commands.map((command) => command.name());
  return commands.map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map(outlinedOption),
    arguments: command.registeredArguments.map((argument) => outlinedArgument(argument, names)),
    verbs: outlinedVerbs(command),
  }));
}

const outlinedOption = (option: Option): OutlinedOption => {
  const placeholder = /[<[](.+)[>\]]/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    wanted: placeholder === undefined ? undefined : wantedBy(placeholder, option.argChoices),
  };
};

const outlinedArgument = (argument: Argument, verbs: readonly string[]): Wanted =>
  wantedBy(argument.name(), argument.name() === "verb" ? verbs : argument.argChoices);

const directoryNames: readonly string[] = ["directory", "target", "backup"];
const fileNames: readonly string[] = ["file", "source"];

const wantedBy = (name: string, choices: readonly string[] | undefined): Wanted => {
  if (choices !== undefined) return { kind: "choice", name, choices };
  if (directoryNames.includes(name)) return { kind: "directory", name };
  return { kind: fileNames.includes(name) ? "file" : "value", name };
};
