import { Argument } from "commander";
import { z } from "zod";

import { bashScript } from "../completion/bash-script.ts";
import { fishScript } from "../completion/fish-script.ts";
import type { ProgramOutline } from "../completion/program-outline.ts";
import { zshScript } from "../completion/zsh-script.ts";
import type { Verb } from "../verb.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
const shells = z.enum(["bash", "zsh", "fish"]);

const input = z.object({ shell: shells });

/** `boxerdb completion <shell>`: what makes a shell complete command lines of this program. */
export const completionVerb = (outline: () => ProgramOutline): Verb<z.infer<typeof input>> => ({
  name: "completion",
  summary: "print what makes a shell complete these verbs and options",
  description:
    "Prints a script that makes a shell complete the verbs, options and file names of command lines of\n" +
    "boxerdb, which has to be a command that the shell finds.",
  examples: [
    { does: "in this bash", line: "source <(boxerdb completion bash)" },
    { does: "in this zsh", line: "source <(boxerdb completion zsh)" },
    {
      does: "in every fish from now on",
      line: "boxerdb completion fish > ~/.config/fish/completions/boxerdb.fish",
    },
  ],
  exitCodes: [],
  input,
  declare: (command) =>
    command.addArgument(new Argument("<shell>", "the shell").choices(shells.options)),
  async run({ shell }, { stdout }) {
    await stdout.write(scripts[shell](outline()));
    return undefined;
  },
});
