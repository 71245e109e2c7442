import { z } from "zod";

import type { NodeStatus } from "../client/answers.ts";
import { systemClock } from "../clock.ts";
import { clusterReport, type Emphasis } from "../cluster/cluster-report.ts";
import { surveyCluster } from "../cluster/cluster-survey.ts";
import { viewCluster, type ClusterView } from "../cluster/cluster-view.ts";
import { repeatReport } from "../cluster/repeated-report.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  type ServerInput,
} from "../connection-options.ts";
import { exitCode } from "../exit-code.ts";
import { describeFailure } from "../failure.ts";
import { secondsAboveZero } from "../option-values.ts";
import type { Output } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  ...connectionInput,
  watch: z.union([z.literal(true), z.number()]).optional(),
});

const defaultWatchSeconds = 2;

/** A node that stands still must not keep the others from being shown. */
const askTimeoutMs = 5_000;

/** `boxerdb status`: a cluster as far as one node knows it, and what that node holds. */
export const statusVerb: Verb<z.infer<typeof input>> = {
  name: "status",
  summary: "show a cluster, its nodes and databases",
  description:
    "Asks a node, then the leader and the followers that it knows of, and draws a line for each:\n" +
    "what it is, whether it does its work, how many records are visible there (offset) and how\n" +
    "far it is behind. `heard of` are nodes that could not be asked from here, but that the leader\n" +
    "hears of. Below it: the databases of the node. Ends with 9 where somebody should see to\n" +
    "something. With --json: all that the node tells of itself, and the cluster under `cluster`.",
  examples: [
    { does: "the cluster of the node on this machine", line: "boxerdb status" },
    { does: "of another one", line: "boxerdb status --url http://127.0.0.1:8082" },
    { does: "again and again, until Ctrl-C", line: "boxerdb status --watch" },
    { does: "in a script", line: "boxerdb status > /dev/null || echo look after it" },
  ],
  exitCodes: ["unavailable", "unhealthy"],
  input,
  declare: (command) =>
    declareConnection(
      command.option(
        "--watch [seconds]",
        `draw it anew so often, until Ctrl-C (every ${defaultWatchSeconds} seconds)`,
        secondsAboveZero,
      ),
    ),
  async run({ server, json, watch }, terminal) {
    const { stdout, environment } = terminal;
    const draw = async (): Promise<Drawing> => drawStatus(server, environment, json, stdout);
    if (watch === undefined) {
      const { text, view } = await draw();
      await stdout.line(text);
      return view.problems.length === 0 ? undefined : exitCode.unhealthy;
    }
    using interruption = terminal.watchInterruption();
    await repeatReport(stdout, systemClock, {
      draw: async () => {
        try {
          return (await draw()).text;
        } catch (error) {
          // It may be back the next time.
          const { code, message } = describeFailure(error);
          return json ? JSON.stringify({ error: { code, message } }) : message;
        }
      },
      everyMs: (watch === true ? defaultWatchSeconds : watch) * 1000,
      signal: interruption.signal,
    });
    return undefined;
  },
};

interface Drawing {
  readonly text: string;
  readonly view: ClusterView;
}

async function drawStatus(
  server: ServerInput,
  environment: Terminal["environment"],
  json: boolean,
  stdout: Output,
): Promise<Drawing> {
  await using client = connect(server, environment, askTimeoutMs);
  const { status: first, text } = await client.status();
  const survey = await surveyCluster(client.url, async (url) =>
    url === client.url ? first : askOther(client.url, url, server, environment),
  );
  const view = viewCluster(survey);
  if (json) return { text: jsonOf(text, view), view };
  const emphasise = (emphasis: Emphasis, line: string): string =>
    stdout.styled(styles[emphasis], line);
  return { text: clusterReport(view, first, emphasise).join("\n"), view };
}

const styles = { title: "bold", good: "green", doubtful: "yellow", bad: "red" } as const;

/** A token that goes to one node by TLS is not sent to another in the clear. */
async function askOther(
  firstUrl: string,
  url: string,
  server: ServerInput,
  environment: Terminal["environment"],
): Promise<NodeStatus> {
  if (firstUrl.startsWith("https:") && !url.startsWith("https:")) {
    throw new Error(`${url} is not asked without TLS, as ${firstUrl} is asked with it`);
  }
  await using client = connect({ ...server, url }, environment, askTimeoutMs);
  return (await client.status()).status;
}

const jsonOf = (text: string, { nodes, problems }: ClusterView): string => {
  const own = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  const cluster = { healthy: problems.length === 0, problems, nodes: nodes.map(jsonNode) };
  return JSON.stringify({ ...own, cluster });
};

/** Null where something is not known, as JSON has it. */
const jsonNode = ({ lag, ...node }: ClusterView["nodes"][number]) => ({
  ...node,
  reason: node.reason ?? null,
  offset: node.offset ?? null,
  lagRecords: lag?.records ?? null,
  lagMs: lag?.ms ?? null,
  keys: node.keys ?? null,
  bytes: node.bytes ?? null,
  version: node.version ?? null,
});
