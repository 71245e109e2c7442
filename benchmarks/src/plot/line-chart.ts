/**
 * Charts of lines over logarithmic axes, as SVG: some panels beside and below each other, one legend.
 * Colours follow the reader's light or dark setting; each line has a mark of its own besides, for
 * those who cannot tell the colours.
 */
import { formatCount } from "../report/units.ts";

import { niceDomain, positionOf, ticksOf, type Domain } from "./log-scale.ts";

export interface Series {
  readonly name: string;
  /** Pairs of x and y, both greater than 0, in the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  /** The unit of y. */
  readonly unit: string;
  readonly series: readonly Series[];
}

export interface Chart {
  readonly title: string;
  /** What x counts. */
  readonly xTitle: string;
  /** All lines of all panels, in the order of the legend; a line has the same look in each panel. */
  readonly names: readonly string[];
  readonly panels: readonly Panel[];
}

const panelWidth = 480;
const panelHeight = 280;
const panelsAcross = 2;
const headerHeight = 76;
/** The room around the plot of a panel, for titles and names of ticks. */
const margin = { left: 64, right: 24, top: 36, bottom: 48 };
const plotWidth = panelWidth - margin.left - margin.right;
const plotHeight = panelHeight - margin.top - margin.bottom;

// Okabe and Ito's colours, which most colour-blind people tell apart, and lighter ones of the same hue.
const lightColours = ["#d55e00", "#0072b2", "#56a0d3", "#009e73", "#b0558c"] as const;
const darkColours = ["#ff8a3d", "#4da3e0", "#9ad0f5", "#35c99b", "#e29cc8"] as const;

const style = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .heading { font-size: 16px; font-weight: 600; }
  .title { font-size: 13px; font-weight: 600; }
  .quiet { fill: #57606a; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d8dee4; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .line0 { stroke-width: 3; }
${lightColours.map((colour, index) => seriesStyle(index, colour)).join("\n")}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9da7b1; }
    .paper { fill: #0d1117; }
    .grid { stroke: #30363d; }
${darkColours.map((colour, index) => seriesStyle(index, colour)).join("\n")}
  }
`;

function seriesStyle(index: number, colour: string): string {
  return `  .line${index} { stroke: ${colour}; } .mark${index} { fill: ${colour}; }`;
}

/** Draws a chart. Panels share the x axis's range, so that they can be compared; y has its own. */
export function drawChart({ title, xTitle, names, panels }: Chart): string {
  const rows = Math.ceil(panels.length / panelsAcross);
  const width = panelWidth * panelsAcross;
  const height = headerHeight + rows * panelHeight;
  const xDomain = niceDomain(
    panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([x]) => x))),
  );
  const body = panels.map((panel, index) => {
    const x = (index % panelsAcross) * panelWidth;
    const y = headerHeight + Math.floor(index / panelsAcross) * panelHeight;
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, xDomain, xTitle, names)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="heading" x="16" y="28">${escaped(title)}</text>`,
    drawLegend(names),
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function drawLegend(names: readonly string[]): string {
  let x = 16;
  return names
    .map((name, index) => {
      const entry =
        `<g transform="translate(${x} 52)"><path class="line line${index}" d="M0 0H28"/>` +
        `${drawMark(index, 14, 0)}<text x="34" y="4">${escaped(name)}</text></g>`;
      // Letters are about 7 wide on average; a little more does no harm.
      x += 34 + name.length * 7 + 24;
      return entry;
    })
    .join("\n");
}

function drawPanel(
  { title, unit, series }: Panel,
  xDomain: Domain,
  xTitle: string,
  names: readonly string[],
): string {
  const yDomain = niceDomain(series.flatMap(({ points }) => points.map(([, y]) => y)));
  const right = margin.left + plotWidth;
  const bottom = margin.top + plotHeight;
  const xOf = (x: number): number => round(margin.left + positionOf(x, xDomain) * plotWidth);
  const yOf = (y: number): number => round(bottom - positionOf(y, yDomain) * plotHeight);
  const yTicks = ticksOf(yDomain).map(
    (tick) =>
      `<path class="grid" d="M${margin.left} ${yOf(tick)}H${right}"/>` +
      `<text class="quiet" x="${margin.left - 8}" y="${yOf(tick) + 4}" text-anchor="end">${formatCount(tick)}</text>`,
  );
  const xTicks = ticksOf(xDomain).map(
    (tick) =>
      `<path class="grid" d="M${xOf(tick)} ${margin.top}V${bottom}"/>` +
      `<text class="quiet" x="${xOf(tick)}" y="${bottom + 18}" text-anchor="middle">${formatCount(tick)}</text>`,
  );
  const lines = series.map(({ name, points }) => {
    const look = names.indexOf(name);
    const path = points.map(([x, y]) => `${xOf(x)} ${yOf(y)}`).join("L");
    const marks = points.map(([x, y]) => drawMark(look, xOf(x), yOf(y))).join("");
    return points.length === 0 ? "" : `<path class="line line${look}" d="M${path}"/>${marks}`;
  });
  return [
    `<text class="title" x="${margin.left}" y="22">${escaped(title)}<tspan class="quiet" font-weight="400">, ${escaped(unit)}</tspan></text>`,
    ...yTicks,
    ...xTicks,
    // BoxerDB's line, the first, is drawn last, above the others.
    ...lines.toReversed(),
    `<text class="quiet" x="${margin.left + plotWidth / 2}" y="${bottom + 36}" text-anchor="middle">${escaped(xTitle)}</text>`,
  ].join("\n");
}

/** A mark at a point, of a shape of its own for each line. */
function drawMark(look: number, x: number, y: number): string {
  const shapes = [
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
    "M-4 -4H4V4H-4z",
    "M0 -5L5 4H-5z",
    "M0 -5.5L5.5 0L0 5.5L-5.5 0z",
    "M0 5L5 -4H-5z",
  ];
  const shape = shapes[look % shapes.length] ?? "";
  return `<path class="mark${look}" transform="translate(${x} ${y})" d="${shape}"/>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
