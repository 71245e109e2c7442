/** Readers of option values for commander, which names the option in front of what they say. */

import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`, within what JavaScript counts exactly. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least}.`);
  };

/** A number of seconds, to the millisecond. */
export const seconds = (text: string): number => {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes a number of seconds, such as 30 or 0.5.");
};

/** A number of seconds in which something can happen: at least a millisecond. */
export const secondsAboveZero = (text: string): number => {
  const value = seconds(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("It takes more than 0 seconds.");
};
