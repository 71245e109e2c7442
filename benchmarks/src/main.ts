/** `pnpm bench`: measures BoxerDB beside its peers. */
import { runProgram } from "./command-line/program.ts";

await runProgram(process.argv);
