/** Logarithmic axes: which range they show, where a value stands, which values are named. */

/** From least to greatest, both greater than 0. */
export interface Domain {
  readonly least: number;
  readonly greatest: number;
}

const steps = [1, 2, 5] as const;

/** The greatest number of the form 1, 2 or 5 times a power of ten that is at most `value`. */
function stepBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  // Rounding may have led to the power above.
  const candidates = [power / 2, power, 2 * power, 5 * power, 10 * power];
  return candidates.findLast((candidate) => candidate <= value * (1 + 1e-9)) ?? power;
}

/** The range that shows all values: it begins and ends at 1, 2 or 5 times a power of ten. */
export function niceDomain(values: readonly number[]): Domain {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return { least: 1, greatest: 10 };
  const least = stepBelow(Math.min(...positive));
  const most = Math.max(...positive);
  let greatest = stepBelow(most);
  while (greatest < most * (1 - 1e-9) || greatest <= least) greatest = nextStep(greatest);
  return { least, greatest };
}

/** The next number of that form above one of that form. */
function nextStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step * (1 + 1e-9)));
  const leading = Math.round(step / power);
  return leading === 1 ? 2 * power : leading === 2 ? 5 * power : 10 * power;
}

/** Where a value stands, from 0 at the least to 1 at the greatest. */
export const positionOf = (value: number, { least, greatest }: Domain): number =>
  Math.log(value / least) / Math.log(greatest / least);

/**
 * The values that an axis names: 1, 2 and 5 times powers of ten over a short range, powers of ten
 * alone over a long one.
 */
export function ticksOf({ least, greatest }: Domain): number[] {
  const all: number[] = [];
  for (let step = least; step <= greatest * (1 + 1e-9); step = nextStep(step)) all.push(step);
  if (all.length <= 2 * steps.length + 1) return all;
  return all.filter((step) => Math.abs(Math.log10(step) - Math.round(Math.log10(step))) < 1e-9);
}
