/** What a test and a node in a process of its own say to each other. */
import { z } from "zod";

/** How a node is started. */
export const nodeSettingsSchema = z.strictObject({
  nodeId: z.string(),
  dataDir: z.string(),
  port: z.number(),
  peerPort: z.number(),
  segmentBytes: z.number(),
  /** Of the ConfigurationServer. */
  managerUrl: z.string(),
  writeQuorum: z.number(),
  leaseMs: z.number(),
  /** `commit alone`: a mistake, to see that it is noticed: a leader waits for nobody. */
  rules: z.enum(["shipping", "commit alone"]),
});
export type NodeSettings = z.infer<typeof nodeSettingsSchema>;

/** What the node is to do: to have another node lead a database that it leads. */
export const handOverSchema = z.strictObject({
  id: z.number(),
  database: z.string(),
  toNodeId: z.string(),
});
export type HandOver = z.infer<typeof handOverSchema>;

export const nodeMessageSchema = z.discriminatedUnion("type", [
  /** It answers requests. */
  z.strictObject({ type: z.literal("ready") }),
  /** A handover has ended; `refusal`: why it was not done. */
  z.strictObject({
    type: z.literal("handed over"),
    id: z.number(),
    refusal: z.string().optional(),
  }),
]);
export type NodeMessage = z.infer<typeof nodeMessageSchema>;
