import { run } from "../../src/cli/program.ts";

import { MemoryTerminal } from "./memory-terminal.ts";

/** How a command line ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line inside this process. */
export const boxerdb = async (
  args: readonly string[],
  options: ConstructorParameters<typeof MemoryTerminal>[0] = {},
): Promise<Ended> => {
  const terminal = new MemoryTerminal(options);
  const code = await run(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
};

/** The environment in which the command line talks to a server. */
export const talkingTo = ({ url }: { readonly url: string }): Record<string, string> => ({
  BOXERDB_URL: url,
});
