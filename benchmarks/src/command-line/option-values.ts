/** What options of the command line may be; each throws what a person is told who gave something else. */
import { InvalidArgumentError } from "commander";

/** A whole number from 1 on; 1_000, 10k and 2M are understood too. */
export function parseCount(text: string): number {
  const match = /^(\d[\d_,]*)([kM]?)$/.exec(text);
  const digits = match?.[1]?.replaceAll(/[_,]/g, "");
  const unit = match?.[2] === "M" ? 1_000_000 : match?.[2] === "k" ? 1_000 : 1;
  const count = Number(digits) * unit;
  if (digits === undefined || !Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError("It must be a whole number from 1 on, such as 500, 10k or 2M.");
  }
  return count;
}

/** Counts with commas between. */
export const parseCounts = (text: string): readonly number[] => text.split(",").map(parseCount);

/** Names with commas between, each of them one of `known`. */
export function parseNames(text: string, known: readonly string[]): readonly string[] {
  const names = text.split(",");
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new InvalidArgumentError(`There is no "${name}": choose of ${known.join(", ")}.`);
  }
  return names;
}
