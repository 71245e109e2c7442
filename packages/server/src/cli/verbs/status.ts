import { z } from "zod";

import type { NodeStatus } from "../client/answers.ts";
import { systemClock } from "../clock.ts";
import { isRefusal, TokenWithheldError } from "../cluster/ask-failure.ts";
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
  trustNodes: z.boolean().default(false),
  watch: z.union([z.literal(true), z.number()]).optional(),
});

const defaultWatchSeconds = 2;

/** In columns, where the output is not a terminal. */
const defaultWidth = 80;

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
    "something. With --json: all that the node tells of itself, and the cluster under `cluster`.\n" +
    "The token is shown to the server that --url names, and to no other: whoever calls himself a\n" +
    "follower could name a URL. Of nodes that ask for one there is what the leader tells of them.",
  examples: [
    { does: "the cluster of the node on this machine", line: "boxerdb status" },
    { does: "of another one", line: "boxerdb status --url http://127.0.0.1:8082" },
    {
      does: "where all of its nodes ask for a token, and you trust them",
      line: "boxerdb status --token-file ./operator --trust-nodes",
    },
    { does: "again and again, until Ctrl-C", line: "boxerdb status --watch" },
    { does: "in a script", line: "boxerdb status > /dev/null || echo look after it" },
  ],
  exitCodes: ["unavailable", "unhealthy"],
  input,
  declare: (command) =>
    declareConnection(
      command
        .option(
          "--watch [seconds]",
          `draw it anew so often, until Ctrl-C (every ${defaultWatchSeconds} seconds)`,
          secondsAboveZero,
        )
        .option("--trust-nodes", "show the token to all nodes that the cluster names, too"),
    ),
  async run({ json, watch, ...wish }, terminal) {
    const { stdout, environment } = terminal;
    const draw = async (): Promise<Drawing> => drawStatus(wish, environment, json, stdout);
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

/** Whom to ask, and who may see the token. */
interface Wish {
  readonly server: ServerInput;
  readonly trustNodes: boolean;
}

async function drawStatus(
  wish: Wish,
  environment: Terminal["environment"],
  json: boolean,
  stdout: Output,
): Promise<Drawing> {
  await using client = connect(wish.server, environment, { timeoutMs: askTimeoutMs });
  const { status: first, text } = await client.status();
  const survey = await surveyCluster(client.url, async (url) =>
    url === client.url ? first : askOther(client.url, url, wish, environment),
  );
  const view = viewCluster(survey);
  if (json) return { text: jsonOf(text, view), view };
  const emphasise = (emphasis: Emphasis, line: string): string =>
    stdout.styled(styles[emphasis], line);
  const width = stdout.width ?? defaultWidth;
  return { text: clusterReport(view, first, emphasise, width).join("\n"), view };
}

const styles = { title: "bold", good: "green", doubtful: "yellow", bad: "red" } as const;

/** Asks a node whose URL another one told, which may be anybody's. */
async function askOther(
  firstUrl: string,
  url: string,
  { server, trustNodes }: Wish,
  environment: Terminal["environment"],
): Promise<NodeStatus> {
  const withheld = whyWithheld(firstUrl, url, trustNodes);
  const showsToken = withheld === undefined;
  const options = { timeoutMs: askTimeoutMs, showsToken };
  await using client = connect({ ...server, url }, environment, options);
  try {
    return (await client.status()).status;
  } catch (error) {
    if (showsToken || !isRefusal(error)) throw error;
    throw new TokenWithheldError(`${url} asks for a token, ${withheld}`, { cause: error });
  }
}

/** Why the token is not shown to a node that was not named by the user; undefined where it is. */
function whyWithheld(firstUrl: string, url: string, trustNodes: boolean): string | undefined {
  if (URL.parse(url)?.origin === URL.parse(firstUrl)?.origin) return undefined;
  if (!trustNodes) {
    return `which only ${firstUrl} is shown: --trust-nodes shows it to the others, too`;
  }
  const losesTls = firstUrl.startsWith("https:") && !url.startsWith("https:");
  return losesTls ? `which is not shown without TLS, as ${firstUrl} is asked with it` : undefined;
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
