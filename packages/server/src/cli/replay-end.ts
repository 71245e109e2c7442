import { logOffset, timestampMs, type ReplayEnd } from "@boxerdb/engine";
import { InvalidArgumentError } from "commander";

const timePattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?$/;

/** Reads `--until`: an offset, or a time of the calendar, which is local where it names no zone. */
export const replayEnd = (text: string): ReplayEnd => {
  if (/^\d{1,15}$/.test(text)) return { offset: logOffset(Number(text)) };
  const time = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(time) && time >= 0) return { time: timestampMs(time) };
  throw new InvalidArgumentError(
    "It takes an offset, such as 41, or a time, such as 2026-03-01T12:00:00Z.",
  );
};
