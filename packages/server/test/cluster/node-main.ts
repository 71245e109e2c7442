/**
 * A whole server in a process of its own, as `boxerdb serve` starts it, but of a cluster that elects its leaders
 * by a ConfigurationServer. Argument: its settings as JSON; see node-messages.ts for what it is told and tells.
 */
import { protocolRules, startElectedNode, type ElectedNode } from "@boxerdb/replication";
import { HttpConfiguration } from "@boxerdb/replication/test";

import { loadConfiguration } from "../../src/config/configuration.ts";
import { createLogger } from "../../src/logging/logger.ts";
import { closeOnSignals } from "../../src/serve/close-on-signals.ts";
import type { ClusterPart } from "../../src/serve/cluster-part.ts";
import { serve } from "../../src/serve/serve.ts";

import { handOverSchema, nodeSettingsSchema, type NodeMessage } from "./node-messages.ts";

const host = "127.0.0.1";
const { nodeId, dataDir, port, peerPort, segmentBytes, managerUrl, writeQuorum, leaseMs, rules } =
  nodeSettingsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const configuration = loadConfiguration({
  flags: { nodeId, dataDir, port: String(port), segmentBytes: String(segmentBytes) },
  environment: {},
});
const tell = (message: NodeMessage): void => {
  process.send?.(message);
};

const started = Promise.withResolvers<ElectedNode>();
const part: ClusterPart = {
  damagedDatabases: "set aside",
  async start(parts) {
    const node = await startElectedNode({
      ...parts,
      manager: new HttpConfiguration(managerUrl, leaseMs / 3),
      peerHost: host,
      peerPort,
      peerUrlOf: (listening) => `http://${host}:${listening}`,
      settings: {
        writeQuorum,
        leaseMs,
        pollMs: leaseMs / 5,
        replicaTimeoutMs: leaseMs,
        pullWaitMs: leaseMs / 5,
        retryPauseMs: 50,
        commitTimeoutMs: 2 * leaseMs,
      },
      rules:
        rules === "shipping"
          ? protocolRules
          : { ...protocolRules, replicasWaitedFor: () => [], mayCommit: () => true },
    });
    started.resolve(node);
    return node;
  },
};
closeOnSignals(await serve(configuration, createLogger(configuration), part));
const node = await started.promise;

process.on("message", (message) => {
  const { id, database, toNodeId } = handOverSchema.parse(message);
  node.handOver(database, toNodeId).then(
    () => tell({ type: "handed over", id }),
    (error: unknown) => tell({ type: "handed over", id, refusal: String(error) }),
  );
});
// Whoever started this process is gone.
process.on("disconnect", () => process.exit(1));
tell({ type: "ready" });
