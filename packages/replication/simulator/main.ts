/** `pnpm simulate`: runs the code that ships on simulated machines, by seeds. */
import { runProgram } from "./command-line/program.ts";

await runProgram(process.argv);
