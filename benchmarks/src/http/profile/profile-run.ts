import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { inScratchDirectory } from "../../scratch-directory.ts";
import { boxerdbSubject } from "../subjects/boxerdb-subject.ts";
import { works, type Work } from "../work.ts";

import { formatProfileSummary, parseProfile, summarizeProfile } from "./cpu-profile.ts";

/** Functions that a summary shows: those beyond take less than half a percent each. */
const shownFunctions = 40;
const warmUpSeconds = 1;

export interface ProfileOptions {
  /** How long each load lasts. */
  readonly seconds: number;
  readonly documents: number;
  /** Where the data are kept meanwhile. */
  readonly parent: string;
  /** Where profiles (`get.cpuprofile`) and their summaries (`get.txt`) go. */
  readonly output: string;
  /** Hears the summary of each work. */
  readonly tell: (summary: string) => void;
}

/**
 * Profiles BoxerDB's server under the load of each work, in a process for each. Tells what took the
 * time while the load lasted, without starting and warming up; the profiles hold all.
 */
export async function profileHttp({
  parent,
  output,
  tell,
  ...load
}: ProfileOptions): Promise<void> {
  await mkdir(output, { recursive: true });
  for (const work of works) {
    const summary = await inScratchDirectory(parent, (directory) =>
      profileWork(work, directory, output, load),
    );
    await writeFile(join(output, `${work}.txt`), summary);
    tell(`${work}: ${summary}`);
  }
}

/** Resolves to the summary. */
async function profileWork(
  work: Work,
  directory: string,
  output: string,
  { seconds, documents }: Pick<ProfileOptions, "seconds" | "documents">,
): Promise<string> {
  const profiles = join(directory, "profiles");
  const subject = boxerdbSubject(["--cpu-prof", `--cpu-prof-dir=${profiles}`]);
  let told = "";
  let [fromMicros, toMicros] = [0, 0];
  {
    // The profile is written when the server ends by itself, so before this block is left.
    await using running = new AsyncDisposableStack();
    const load = (await subject.start({ directory, documents, running })).loads[work];
    if (load === undefined) throw new Error(`assertion failed: BoxerDB knows the work "${work}"`);
    await load(warmUpSeconds);
    fromMicros = nowMicros();
    const { requestsPerSecond } = await load(seconds);
    toMicros = nowMicros();
    told = `${Math.round(requestsPerSecond)} requests/s while profiled; `;
  }
  const [name] = await readdir(profiles);
  if (name === undefined) throw new Error("the server has ended without writing its profile");
  const file = join(output, `${work}.cpuprofile`);
  await rename(join(profiles, name), file);
  const profile = parseProfile(await readFile(file, "utf8"));
  return (
    told + formatProfileSummary(summarizeProfile(profile, fromMicros, toMicros), shownFunctions)
  );
}

/** The clock of profiles, which is the same in all processes of a machine. */
const nowMicros = (): number => Number(process.hrtime.bigint() / 1_000n);
