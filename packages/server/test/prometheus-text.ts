/** One number of a scrape. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const samplePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Reads the text that Prometheus scrapes. Throws where a line is none of it. */
export function samplesOf(text: string): readonly ScrapedSample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, labels = "", value] = samplePattern.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
      const pairs = [...labels.matchAll(labelPattern)];
      if (pairs.map(([pair]) => pair).join("") !== labels) throw new Error(`bad labels: ${line}`);
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, label = "", quoted = ""]) => [label, quoted])),
        value: value === "+Inf" ? Infinity : Number(value),
      };
    });
}

/** The families of a scrape, by name. Throws where one is told twice, or without what it means. */
export function familiesOf(text: string): ReadonlyMap<string, { type: string; help: string }> {
  const families = new Map<string, { type: string; help: string }>();
  for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const help = new RegExp(`^# HELP ${name} (.+)$`, "m").exec(text)?.[1];
    if (help === undefined) throw new Error(`${name} has no help`);
    if (families.has(name)) throw new Error(`${name} is told twice`);
    families.set(name, { type, help });
  }
  return families;
}
