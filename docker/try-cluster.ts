/**
 * Tries the cluster of compose.yaml on a real Docker engine, says what it saw and cleans up after
 * itself. Exit code 0 where everything was as it should be, else 1.
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";

import { clusterPorts, trialSteps, type TrialStep } from "./cluster-trial/cluster-trial.ts";
import { ComposeProject } from "./cluster-trial/compose-project.ts";
import { engineVersion } from "./cluster-trial/docker-engine.ts";
import { assertPortsFree } from "./cluster-trial/free-ports.ts";
import { Refusal } from "./cluster-trial/refusal.ts";
import { Transcript } from "./cluster-trial/transcript.ts";

/** Not the name that a user's cluster has, so that its volumes are never touched. */
const PROJECT = "boxerdb-trial";
const REMOVE_ALL = ["down", "--volumes", "--remove-orphans"] as const;

const USAGE = `Usage: node docker/try-cluster.ts [--keep]

Starts a leader and three followers in containers; writes, reads, stops, restarts and kills them, and
says what it saw. They are a compose project of their own, ${PROJECT}, which is removed with its
volumes at the end.

Options:
  --keep      leave the containers and their data as they are at the end
  -h, --help  print this help`;

const VERDICTS = {
  passed: "The cluster does what it should.",
  failed: "The cluster FAILED.",
  stopped: "The trial was stopped before its end.",
} as const;
type Verdict = keyof typeof VERDICTS;

async function tryCluster(keep: boolean, transcript: Transcript): Promise<Verdict> {
  const engine = await engineVersion();
  const project = await ComposeProject.find(PROJECT, dirname(import.meta.dirname));
  await assertPortsFree(clusterPorts);
  transcript.note("engine", `Docker ${engine}, ${project.version}`);

  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => interrupt.abort(new Error(`stopped by ${name}`)));
  }

  // What a trial left that was itself killed.
  await project.run(REMOVE_ALL);
  try {
    if (await performAll(trialSteps(project, interrupt.signal), transcript)) return "passed";
    if (interrupt.signal.aborted) return "stopped";
    console.error(await project.run(["logs", "--no-color", "--tail", "20"]));
    return "failed";
  } finally {
    if (keep) {
      transcript.note("kept", `remove it with: ${project.commandLine(...REMOVE_ALL)}`);
    } else {
      await project.run(REMOVE_ALL);
      transcript.note("cleaned up", "containers, network and volumes are removed");
    }
  }
}

async function performAll(steps: readonly TrialStep[], transcript: Transcript): Promise<boolean> {
  for (const { name, perform } of steps) {
    if (!(await transcript.step(name, perform))) return false;
  }
  return true;
}

try {
  const { values } = parseArgs({
    options: { keep: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    console.log(USAGE);
  } else {
    const verdict = await tryCluster(values.keep, new Transcript(process.stdout));
    console.log(`\n${VERDICTS[verdict]}`);
    process.exitCode = verdict === "passed" ? 0 : 1;
  }
} catch (error) {
  const isUsage = error instanceof TypeError && "code" in error;
  if (!isUsage && !(error instanceof Refusal)) throw error;
  console.error(isUsage ? `${error.message}\n\n${USAGE}` : `refused: ${error.message}`);
  process.exitCode = 1;
}
