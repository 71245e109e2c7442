import type { Labels, MetricFamily } from "./metric-family.ts";

/** The type of the text of `exposition`. */
export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Families as the text that Prometheus reads. It is written here, as what is scraped lies in the status of
 * the store and in arrays of counts: a client library would have every number set in an object of its own
 * first. A family without samples is left out.
 */
export function exposition(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, help, type } = family;
    const samples = type === "histogram" ? histogramLines(family) : sampleLines(family);
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...samples);
  }
  return lines.map((line) => `${line}\n`).join("");
}

const sampleLines = ({
  name,
  samples,
}: Extract<MetricFamily, { type: "counter" | "gauge" }>): string[] =>
  samples.map(({ labels, value }) => line(name, labels, value));

const histogramLines = ({
  name,
  distributions,
}: Extract<MetricFamily, { type: "histogram" }>): string[] =>
  distributions.flatMap(({ labels, buckets, count, sum }) => [
    ...buckets.map(({ upTo, count }) =>
      line(`${name}_bucket`, { ...labels, le: formatValue(upTo) }, count),
    ),
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ]);

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${escapeLabel(String(text))}"`,
  );
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${formatValue(value)}`;
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
