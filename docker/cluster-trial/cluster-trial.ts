import { isDeepStrictEqual } from "node:util";

import { AcknowledgedData } from "./acknowledged-data.ts";
import { ClusterNode, member } from "./cluster-node.ts";
import type { ComposeProject } from "./compose-project.ts";
import { until } from "./condition.ts";
import { containerState } from "./docker-engine.ts";
import { sampleDocuments } from "./sample-documents.ts";

/** One step of the trial: does something to the cluster, and says what it saw. */
export interface TrialStep {
  readonly name: string;
  /** Rejects where the cluster does not do what it should. */
  readonly perform: () => Promise<string>;
}

const leader = new ClusterNode("leader", 8080);
const followers = [
  new ClusterNode("follower-1", 8081),
  new ClusterNode("follower-2", 8082),
  new ClusterNode("follower-3", 8083),
] as const;
const nodes = [leader, ...followers];

/** The ports of this machine that the cluster of compose.yaml is published on. */
export const clusterPorts: readonly number[] = nodes.map(({ port }) => port);

/** The words of the first BoxerDB, which clients compare. */
const FORBIDDEN_MESSAGE = "This action is only available to the leader";

/** So many writes a follower misses, and so many are acknowledged before the leader is killed. */
const WRITES = 200;

/** The steps, to be performed in their order, on a project that has no containers and no volumes. */
export function trialSteps(project: ComposeProject, signal: AbortSignal): readonly TrialStep[] {
  const data = new AcknowledgedData(leader);

  const becomeReady = async (): Promise<string> => {
    for (const node of nodes) {
      await until(`${node.service} is ready`, () => node.readiness(), { signal });
    }
    return `${nodes.length} nodes are ready`;
  };

  const haveAll = async (wanted: readonly ClusterNode[] = nodes): Promise<string> => {
    let seen = "";
    for (const node of wanted) seen = await data.assertOn(node, signal);
    const ports = wanted.map(({ port }) => port).join(", ");
    return `${seen}, equal on ${ports}, up to offset ${data.lastOffset}`;
  };

  /** Of each node the id that its store got when it was made. */
  const storeIds = (): Promise<readonly string[]> =>
    Promise.all(nodes.map(async (node) => String(await node.status("store"))));

  const start = async (): Promise<string> => {
    await project.run(["up", "--build", "--detach"], signal);
    return becomeReady();
  };

  const writeSamples = async (): Promise<string> => {
    for (const [key, value] of sampleDocuments) await data.put(key, value);
    return `8080 took ${sampleDocuments.size} documents, the last at offset ${data.lastOffset}`;
  };

  const writeToFollowers = async (): Promise<string> => {
    for (const follower of followers) {
      const { status, body } = await follower.put("string", "not from here");
      const leaderUrl = member(body, "leader");
      if (
        status !== 403 ||
        member(body, "message") !== FORBIDDEN_MESSAGE ||
        leaderUrl !== leader.url
      ) {
        throw new Error(`${follower.url} answered ${status} ${JSON.stringify(body)}`);
      }
    }
    await haveAll();
    return `403 from each, "${FORBIDDEN_MESSAGE}", naming ${leader.url}`;
  };

  const downAndUp = async (): Promise<string> => {
    const before = await storeIds();
    await project.run(["down"], signal);
    const left = await project.run(["ps", "--quiet"], signal);
    if (left !== "") throw new Error(`containers are left after down: ${left}`);
    await project.run(["up", "--detach"], signal);
    await becomeReady();
    const after = await storeIds();
    // A follower whose data was lost would soon have copied all of it again.
    if (!isDeepStrictEqual(after, before)) {
      throw new Error(`the stores are ${after.join(", ")}; before, they were ${before.join(", ")}`);
    }
    return `the same ${after.length} stores; ${await haveAll()}`;
  };

  const missWrites = async (): Promise<string> => {
    const [present1, present2, absent] = followers;
    const id = await project.containerId(absent.service, signal);
    await project.run(["stop", absent.service], signal);
    const { exitCode } = await containerState(id, signal);
    if (exitCode !== 0) throw new Error(`${absent.service} ended with ${exitCode} when stopped`);
    const before = data.lastOffset;
    for (let n = 1; n <= WRITES; n++) await data.put(`missed/${n}`, { n });
    await data.put("number", 43);
    await data.delete("fraction");
    await haveAll([leader, present1, present2]);
    await project.run(["start", absent.service], signal);
    await becomeReady();
    const seen = await haveAll([absent]);
    return `missed offsets ${before + 1} to ${data.lastOffset}; then ${seen}`;
  };

  const killLeader = async (): Promise<string> => {
    const id = await project.containerId(leader.service, signal);
    const { restarts } = await containerState(id, signal);
    const kill = ["sh", "-c", `kill -9 ${Number(await leader.status("pid"))}`];

    const before = data.lastOffset;
    const isOver = new AbortController();
    const writing = writeUntilCutOff(data, isOver.signal);
    try {
      await until(
        `${WRITES} writes are acknowledged`,
        async () => data.lastOffset - before >= WRITES || `${data.lastOffset - before} are`,
        { signal },
      );
      await project.execute(leader.service, kill, signal);
      await until(
        "the leader's container was brought back by its restart policy",
        async () => (await containerState(id, signal)).restarts > restarts || "it was not",
        { signal },
      );
    } finally {
      isOver.abort();
    }
    await writing;
    const acknowledged = data.lastOffset - before;

    await becomeReady();
    await data.put("after the kill", true);
    return `killed after ${acknowledged} acknowledged writes; is back: ${await haveAll()}`;
  };

  return [
    { name: "up --build", perform: start },
    { name: "write every kind of value", perform: writeSamples },
    { name: "read on the followers", perform: () => haveAll(followers) },
    { name: "write to the followers", perform: writeToFollowers },
    { name: "down, up", perform: downAndUp },
    { name: "a follower misses writes", perform: missWrites },
    { name: "kill -9 of the leader", perform: killLeader },
  ];
}

/** Writes one document after the other, until the leader does not answer. */
async function writeUntilCutOff(data: AcknowledgedData, isOver: AbortSignal): Promise<void> {
  try {
    for (let n = 1; !isOver.aborted; n++) await data.put(`killed/${n}`, n);
  } catch {
    // The write that was under way when the leader was killed: it was never acknowledged, so it may
    // be there or not.
  }
}
