/** What options of the command line may be; commander names the option in front of what these say. */
import { InvalidArgumentError } from "commander";

/** A whole number from `least` on, below 2³². */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value < 2 ** 32) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${2 ** 32 - 1}.`);
  };
