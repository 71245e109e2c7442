/** The README of the package: its examples, which are one program, and its tables. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const markdown = await readFile(join(import.meta.dirname, "../README.md"), "utf8");

/** All examples, each line where it is in the README, so that errors name the place. */
export const readmeProgram: string = programOf(markdown);

/** What the program prints, as its comments say: `// →` and a line of output. */
export const readmeOutput: string = readmeProgram
  .split("\n")
  .flatMap((line) => /\/\/ → (.*)$/.exec(line)?.[1] ?? [])
  .map((line) => `${line}\n`)
  .join("");

function programOf(markdown: string): string {
  let isCode = false;
  const lines = markdown.split("\n").map((line) => {
    const wasCode = isCode;
    if (line.startsWith("```")) isCode = line === "```ts";
    return wasCode && isCode ? line : "";
  });
  return lines.join("\n");
}

/** The rows of the table whose first column has this heading, as text without its marks. */
export function readmeTable(firstColumn: string): readonly (readonly string[])[] {
  const rows = markdown.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
  const heading = rows.findIndex(([first]) => first === firstColumn);
  const end = rows.findIndex((row, index) => index > heading && row.length === 0);
  return rows.slice(heading + 2, end);
}
