import { execFile } from "node:child_process";

/** Runs a program to its end; resolves to what it printed. Rejects, with all its output, where it fails. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const line = [program, ...args].join(" ");
      reject(new Error(`${line} failed: ${error.code}\n${stdout}${stderr}`));
    });
  });
}
