/** Rows of a report: BoxerDB at some work, beside its peers at the same. */
import { valuesOf, type Round } from "./figures.ts";
import { describeMark, isMet, type Mark } from "./mark.ts";
import { formatTable, type Column } from "./markdown-table.ts";
import { summarize, type Summary } from "./summary.ts";
import { formatNumber } from "./units.ts";

/** Whom to stand beside. */
export interface Peer {
  /** As in the rounds. */
  readonly subject: string;
  /** How the table calls it. Default: as the rounds do. */
  readonly label?: string;
  /** Default: the same figure as BoxerDB's. */
  readonly figure?: string;
  /** Default: that of the comparison. */
  readonly mark?: Mark;
}

export interface Comparison {
  readonly work: string;
  readonly unit: string;
  /** As in the rounds. */
  readonly figure: string;
  /** Whose figure it is. Default: BoxerDB's. */
  readonly subject?: string;
  /** A row for each; one row alone where there is none. */
  readonly peers: readonly Peer[];
  readonly mark?: Mark;
}

const columns: readonly Column[] = [
  { title: "work", align: "left" },
  { title: "unit", align: "left" },
  { title: "BoxerDB", align: "right" },
  { title: "spread", align: "right" },
  { title: "peer", align: "left" },
  { title: "peer's", align: "right" },
  { title: "spread", align: "right" },
  { title: "ratio", align: "right" },
  { title: "mark", align: "right" },
  { title: "reached", align: "left" },
];

/** The table of comparisons: medians of the rounds, their least and greatest, and the marks. */
export function formatComparisons(
  rounds: readonly Round[],
  comparisons: readonly Comparison[],
): string {
  return formatTable(
    columns,
    comparisons.flatMap((comparison) => rowsOf(rounds, comparison)),
  );
}

/** BoxerDB's own figure stands in the first row alone. */
function rowsOf(rounds: readonly Round[], comparison: Comparison): readonly string[][] {
  const { work, unit, figure, subject = "BoxerDB", peers } = comparison;
  const own = summarize(valuesOf(rounds, subject, figure));
  const head = [work, unit, formatMedian(own), formatSpread(own)];
  const [first, ...others] = peers;
  return [
    [...head, ...besides(rounds, comparison, own, first)],
    ...others.map((peer) => [...head.map(() => ""), ...besides(rounds, comparison, own, peer)]),
  ];
}

/** The cells about a peer, and what BoxerDB's figure is beside it. */
function besides(
  rounds: readonly Round[],
  { figure, mark: commonMark }: Comparison,
  own: Summary | undefined,
  peer: Peer | undefined,
): readonly string[] {
  const theirs = peer && summarize(valuesOf(rounds, peer.subject, peer.figure ?? figure));
  const ratio = own && theirs && own.median / theirs.median;
  const mark = peer?.mark ?? commonMark;
  const met = mark && isMet(mark, own?.median, ratio);
  return [
    peer?.label ?? peer?.subject ?? "",
    peer === undefined ? "" : formatMedian(theirs),
    formatSpread(theirs),
    ratio === undefined ? "" : `${ratio.toFixed(2)} ×`,
    mark === undefined ? "" : describeMark(mark),
    met === undefined ? "" : met ? "met" : "missed",
  ];
}

const formatMedian = (summary: Summary | undefined): string =>
  summary === undefined ? "–" : formatNumber(summary.median);

/** Empty where there is none, as after one round. */
function formatSpread(summary: Summary | undefined): string {
  if (summary === undefined || summary.least === summary.greatest) return "";
  return `${formatNumber(summary.least)}–${formatNumber(summary.greatest)}`;
}
