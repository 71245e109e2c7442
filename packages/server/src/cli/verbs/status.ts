import { z } from "zod";

import { connect, connectionInput, declareConnection } from "../connection-options.ts";
import { statusReport } from "../status-report.ts";
import type { Verb } from "../verb.ts";

const input = z.object(connectionInput);

/** `boxerdb status`: what a node is, holds and does. */
export const statusVerb: Verb<z.infer<typeof input>> = {
  name: "status",
  summary: "show a node, its databases and its followers",
  description:
    "Shows a node: its role, its databases with their offsets, and how far each follower is.\n" +
    "With --json: all that the node tells of itself, segments and compaction included.",
  examples: [
    { does: "the node on this machine", line: "boxerdb status" },
    { does: "another one", line: "boxerdb status --url http://127.0.0.1:8082" },
  ],
  exitCodes: ["unavailable"],
  input,
  declare: (command) => declareConnection(command),
  async run({ server, json }, { stdout, environment }) {
    await using client = connect(server, environment);
    const { status, text } = await client.status();
    const report = statusReport(status, (title) => stdout.styled("bold", title)).join("\n");
    await stdout.line(json ? text : report);
    return undefined;
  },
};
