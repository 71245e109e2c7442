/** Who is measured, and how each is set. */
import manifest from "../../package.json" with { type: "json" };

import type { HttpSubject } from "./http-subject.ts";
import { describeProgram, isInstalled, wrk } from "./program.ts";
import { boxerdbSubject } from "./subjects/boxerdb-subject.ts";
import { honoSubject, nodeSubject } from "./subjects/ceiling-subjects.ts";
import { etcdSubject } from "./subjects/etcd-subject.ts";
import { redisSubject } from "./subjects/redis-subject.ts";
import { webdisSubject } from "./subjects/webdis-subject.ts";

/** In the order of the tables, by the names that `--only` has for them. */
export const httpSubjects: Readonly<Record<string, HttpSubject>> = {
  boxerdb: boxerdbSubject(),
  node: nodeSubject,
  hono: honoSubject,
  webdis: webdisSubject,
  etcd: etcdSubject,
  redis: redisSubject,
};

/** Those of some subjects whose programs are all here. */
export async function installedOf(subjects: readonly HttpSubject[]): Promise<HttpSubject[]> {
  const missing = await Promise.all(subjects.map(missingPrograms));
  return subjects.filter((_, index) => missing[index]?.length === 0);
}

/** Versions of all that takes part, and what could not: "without etcd: etcd is not on PATH". */
export async function describeHttpSubjects(subjects: readonly HttpSubject[]): Promise<string[]> {
  const versions = [
    `Hono ${manifest.dependencies.hono} on @hono/node-server ${manifest.dependencies["@hono/node-server"]}`,
    await describeProgram(wrk),
  ];
  const described = new Set(versions);
  for (const subject of subjects) {
    const missing = await missingPrograms(subject);
    if (missing.length > 0) {
      described.add(`without ${subject.name}: not on PATH: ${missing.join(", ")}`);
      continue;
    }
    for (const program of subject.programs) described.add(await describeProgram(program));
  }
  return [...described];
}

async function missingPrograms({ programs }: HttpSubject): Promise<string[]> {
  const installed = await Promise.all(programs.map(isInstalled));
  return programs.filter((_, index) => !installed[index]).map(({ command }) => command);
}
