/**
 * A node in a process of its own, for tests that kill it. Argument: its settings as JSON. It tells when
 * it is there, and does the writes that it is asked for; see node-process.ts for the messages.
 */
import { open } from "@boxerdb/engine";
import { NotEnoughReplicasError, NotLeaderError, startNode } from "@boxerdb/replication";

import { settingsSchema, writeSchema, type NodeMessage } from "./node-messages.ts";

const { directory, segmentBytes, ...settings } = settingsSchema.parse(
  JSON.parse(process.argv[2] ?? ""),
);
const tell = (message: NodeMessage): void => {
  process.send?.(message);
};

const store = await open(directory, { commit: "replicated", segmentBytes });
const silent = (): void => {};
const node = await startNode({
  ...settings,
  store,
  nodeId: settings.role,
  peerHost: "127.0.0.1",
  advertiseUrl: "http://leader.example",
  log: { info: silent, warn: silent, error: silent },
});
const things = store.database("default").collection("things");

async function write(message: unknown): Promise<void> {
  const { id, key, value } = writeSchema.parse(message);
  try {
    node.assertWritable("default");
  } catch (error) {
    if (!(error instanceof NotEnoughReplicasError || error instanceof NotLeaderError)) throw error;
    tell({ type: "refused", id });
    return;
  }
  try {
    const offset = await node.committed(things.put(key, value));
    tell({ type: "acknowledged", id, offset });
  } catch {
    tell({ type: "unknown", id });
  }
}

process.on("message", (message) => void write(message));
// Whoever started this process is gone.
process.on("disconnect", () => process.exit(1));
tell({ type: "ready", peerPort: node.peerPort ?? 0 });
