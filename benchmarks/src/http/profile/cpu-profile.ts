/** What a CPU profile of V8 tells about where time went. */

/** The parts of a `.cpuprofile` that are read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that ran at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from the sample before to each sample; the first one's from the start. */
  readonly timeDeltas: readonly number[];
  /** Microseconds of the clock that `process.hrtime` reads too. */
  readonly startTime: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0; -1 where there is none. */
    readonly lineNumber: number;
  };
}

/** A share of the time in which the thread was not idle. */
export interface Share {
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** What a thread did in a span of time, by the time that functions themselves took. */
export interface ProfileSummary {
  readonly seconds: number;
  /** The share of the time in which the thread waited. */
  readonly idleShare: number;
  /** By the part of the program: a package, Node.js itself, native code. Greatest first. */
  readonly parts: readonly Share[];
  /** By function, with its place. Greatest first. */
  readonly functions: readonly Share[];
}

/** Sums up what was sampled from `fromMicros` to `toMicros` of the profile's clock. */
export function summarizeProfile(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  fromMicros: number,
  toMicros: number,
): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  let [idle, busy] = [0, 0];
  let now = startTime;
  for (const [index, id] of samples.entries()) {
    now += timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    // A sample stands for the time until the next one.
    const micros = timeDeltas[index + 1] ?? 0;
    if (frame === undefined || now < fromMicros || now > toMicros) continue;
    if (frame.functionName === "(idle)") {
      idle += micros;
      continue;
    }
    busy += micros;
    add(parts, partOf(frame), micros);
    add(functions, describeFrame(frame), micros);
  }
  return {
    seconds: (idle + busy) / 1e6,
    idleShare: idle + busy === 0 ? 0 : idle / (idle + busy),
    parts: sharesOf(parts, busy),
    functions: sharesOf(functions, busy),
  };
}

type Frame = ProfileNode["callFrame"];

function add(sums: Map<string, number>, name: string, micros: number): void {
  sums.set(name, (sums.get(name) ?? 0) + micros);
}

const sharesOf = (sums: ReadonlyMap<string, number>, total: number): Share[] =>
  [...sums]
    .map(([name, micros]) => ({ name, share: micros / total }))
    .toSorted((a, b) => b.share - a.share);

/** "packages/engine", "hono", "Node.js", "native code", "garbage collector". */
function partOf({ functionName, url }: Frame): string {
  if (functionName === "(garbage collector)") return "garbage collector";
  if (url === "") return "native code";
  if (url.startsWith("node:")) return "Node.js";
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return dependency ?? /\/(packages\/[^/]+)\//.exec(url)?.[1] ?? url;
}

/** "get packages/server/src/http/keys.ts:40", "writeUtf8String". */
function describeFrame({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const place = url.replace(/^.*\/node_modules\/|^.*?\/(?=packages\/)/, "");
  return `${name} ${place}:${lineNumber + 1}`;
}

/** The text of a summary: parts, and the functions that took most. */
export function formatProfileSummary(summary: ProfileSummary, functionCount: number): string {
  const { seconds, idleShare, parts, functions } = summary;
  const lines = (shares: readonly Share[]): string[] =>
    shares.map(({ name, share }) => `${percent(share).padStart(8)}  ${name}`);
  return [
    `${seconds.toFixed(1)} s, of which idle ${percent(idleShare)}; of the rest:`,
    ...lines(parts),
    "",
    "by function, its own time:",
    ...lines(functions.slice(0, functionCount)),
    "",
  ].join("\n");
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Reads the text of a `.cpuprofile`. Throws where it is something else. */
export function parseProfile(text: string): CpuProfile {
  const profile: unknown = JSON.parse(text);
  if (!isProfile(profile)) throw new Error("this is no CPU profile");
  return profile;
}

const isProfile = (value: unknown): value is CpuProfile =>
  isObject(value) &&
  "nodes" in value &&
  isListOf(value.nodes, isNode) &&
  "samples" in value &&
  isListOf(value.samples, isNumber) &&
  "timeDeltas" in value &&
  isListOf(value.timeDeltas, isNumber) &&
  "startTime" in value &&
  isNumber(value.startTime);

const isNode = (value: unknown): value is ProfileNode =>
  isObject(value) &&
  "id" in value &&
  isNumber(value.id) &&
  "callFrame" in value &&
  isObject(value.callFrame) &&
  "functionName" in value.callFrame &&
  typeof value.callFrame.functionName === "string" &&
  "url" in value.callFrame &&
  typeof value.callFrame.url === "string" &&
  "lineNumber" in value.callFrame &&
  isNumber(value.callFrame.lineNumber);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isNumber = (value: unknown): value is number => typeof value === "number";

const isListOf = <Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
): value is readonly Item[] => Array.isArray(value) && value.every(isItem);
