/** The raw figures of a benchmark as a file keeps them, so that a part can be run again by itself. */
import type { Figures, PartResult, Round } from "./figures.ts";

/** The parts that were measured, by name. */
export type SavedReport = Readonly<Record<string, PartResult>>;

/** Written so that a change of one figure changes one line. */
export const formatSavedReport = (report: SavedReport): string =>
  `${JSON.stringify(report, undefined, 2)}\n`;

/** Reads what `formatSavedReport` wrote. Throws where a text is something else. */
export function parseSavedReport(text: string): SavedReport {
  const report: unknown = JSON.parse(text);
  if (!isRecordOf(report, isPartResult)) {
    throw new Error("these are not the figures of a benchmark");
  }
  return report;
}

function isRecordOf<Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
): value is Readonly<Record<string, Item>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isItem)
  );
}

const isNumber = (value: unknown): value is number => typeof value === "number";

const isFigures = (value: unknown): value is Figures => isRecordOf(value, isNumber);

const isRound = (value: unknown): value is Round => isRecordOf(value, isFigures);

function isPartResult(value: unknown): value is PartResult {
  return (
    typeof value === "object" &&
    value !== null &&
    "measuredAt" in value &&
    typeof value.measuredAt === "string" &&
    "machine" in value &&
    typeof value.machine === "string" &&
    "sizes" in value &&
    isFigures(value.sizes) &&
    "rounds" in value &&
    Array.isArray(value.rounds) &&
    value.rounds.every(isRound)
  );
}
