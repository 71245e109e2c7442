import { Command, CommanderError } from "commander";

import packageJson from "../../package.json" with { type: "json" };

import { outlineOf } from "./completion/program-outline.ts";
import { exitCode, exitCodeTable, type ExitCode } from "./exit-code.ts";
import { reportFailure } from "./failure-report.ts";
import { describeFailure } from "./failure.ts";
import { OutputClosedError } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import { addVerb, addVerbGroup } from "./verb.ts";
import { backupVerb } from "./verbs/backup.ts";
import { benchVerb } from "./verbs/bench.ts";
import { compactVerb } from "./verbs/compact.ts";
import { completionVerb } from "./verbs/completion.ts";
import { deleteVerb } from "./verbs/delete.ts";
import { dropVerb } from "./verbs/drop.ts";
import { exportVerb } from "./verbs/export.ts";
import { getVerb } from "./verbs/get.ts";
import { importVerb } from "./verbs/import.ts";
import { inspectVerb } from "./verbs/inspect.ts";
import { listVerb } from "./verbs/list.ts";
import { putVerb } from "./verbs/put.ts";
import { repairVerb } from "./verbs/repair.ts";
import { replayVerb } from "./verbs/replay.ts";
import { restoreVerb } from "./verbs/restore.ts";
import { serveVerb } from "./verbs/serve.ts";
import { statusVerb } from "./verbs/status.ts";
import { tokenCreateVerb } from "./verbs/token/token-create.ts";
import { tokenListVerb } from "./verbs/token/token-list.ts";
import { tokenRevokeVerb } from "./verbs/token/token-revoke.ts";
import { verifyVerb } from "./verbs/verify.ts";
import { watchVerb } from "./verbs/watch.ts";

/** The width of help texts where there is no terminal to fit them to. */
const plainHelpWidth = 100;

/** The program with all its verbs. `ended` hears how the verb that ran has ended. */
const buildProgram = (terminal: Terminal, ended: (code: ExitCode) => void): Command => {
  const { stdout, stderr } = terminal;
  const program = new Command("boxerdb")
    .description(
      "BoxerDB, a replicated key-value store for JSON documents.\n" +
        "`boxerdb <verb> --help` explains a verb, with examples.",
    )
    .usage("<verb> [options]")
    .version(packageJson.version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .commandsGroup("Verbs:")
    .helpCommand("help [verb]", "print the help of a verb")
    .addHelpText("after", `\n${exitCodeTable()}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.stream.write(text),
      writeErr: (text) => void stderr.stream.write(text),
      // What is wrong is thrown as well, and reported with all other failures.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.width ?? plainHelpWidth,
      getErrHelpWidth: () => stderr.width ?? plainHelpWidth,
      getOutHasColors: () => stdout.isTerminal,
      getErrHasColors: () => stderr.isTerminal,
    })
    .configureHelp({
      styleTitle: (title) => stdout.styled("bold", title),
      // Every verb has options: saying so in the list would only be noise.
      subcommandTerm: (verb) => verbWithArguments(verb),
    });
  addVerb(program, serveVerb, terminal, ended);
  addVerb(program, statusVerb, terminal, ended);
  addVerb(program, getVerb, terminal, ended);
  addVerb(program, putVerb, terminal, ended);
  addVerb(program, deleteVerb, terminal, ended);
  addVerb(program, listVerb, terminal, ended);
  addVerb(program, watchVerb, terminal, ended);
  addVerb(program, dropVerb, terminal, ended);
  addVerb(program, importVerb, terminal, ended);
  addVerb(program, exportVerb, terminal, ended);
  addVerb(program, inspectVerb, terminal, ended);
  addVerb(program, verifyVerb, terminal, ended);
  const tokens = addVerbGroup(program, "token", "make, list and revoke tokens of access");
  addVerb(tokens, tokenCreateVerb, terminal, ended);
  addVerb(tokens, tokenListVerb, terminal, ended);
  addVerb(tokens, tokenRevokeVerb, terminal, ended);
  addVerb(program, backupVerb, terminal, ended);
  addVerb(program, restoreVerb, terminal, ended);
  addVerb(program, replayVerb, terminal, ended);
  addVerb(program, compactVerb, terminal, ended);
  addVerb(program, repairVerb, terminal, ended);
  addVerb(program, benchVerb, terminal, ended);
  const completion = completionVerb(() => outlineOf(program));
  addVerb(program, completion, terminal, ended);
  return program;
};

const verbWithArguments = (verb: Command): string =>
  [
    verb.name(),
    ...verb.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    ),
  ].join(" ");

/** Runs one command line, without the name of the program. Never rejects. */
export const run = async (args: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = exitCode.ok;
  const program = buildProgram(terminal, (verbCode) => {
    code = verbCode;
  });
  try {
    refuseHelpOfNothing(program, args);
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof OutputClosedError) return exitCode.ok;
    if (isHelpOrVersion(error)) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const failure = describeFailure(error);
    const hint = error instanceof CommanderError ? `\n${whereToLook(program, args)}` : "";
    const message = failure.message + hint;
    reportFailure({ ...failure, message }, error, args, terminal);
    return exitCode[failure.exit];
  }
};

/** Commander answers a question for the help of a verb that is none with that of all. */
const refuseHelpOfNothing = (program: Command, [first, verb]: readonly string[]): void => {
  if (first !== "help" || verb === undefined || verb.startsWith("-")) return;
  if (verb === "help" || program.commands.some((command) => command.name() === verb)) return;
  program.error(`error: unknown command '${verb}'`, { code: "commander.unknownCommand" });
};

/** The help that a wrong command line should have been written by. */
const whereToLook = (program: Command, args: readonly string[]): string => {
  const verb = program.commands.find((command) => command.name() === args[0]);
  if (verb === undefined) return "`boxerdb --help` lists the verbs";
  const part = verb.commands.find((command) => command.name() === args[1]);
  const name = part === undefined ? verb.name() : `${verb.name()} ${part.name()}`;
  return `\`boxerdb ${name} --help\` explains it`;
};

/** Commander ends a run that only prints help or the version by throwing, too. */
const isHelpOrVersion = (error: unknown): error is CommanderError =>
  error instanceof CommanderError &&
  ["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
