/** What a test and a node in a process of its own say to each other. */
import { z } from "zod";

/** How a node is started. */
export const settingsSchema = z.object({
  directory: z.string(),
  segmentBytes: z.number(),
  role: z.enum(["leader", "follower"]),
  writeQuorum: z.number(),
  peerPort: z.number(),
  leaderUrl: z.string().exactOptional(),
});
export type NodeSettings = z.infer<typeof settingsSchema>;

/** A write that the node is to do. */
export const writeSchema = z.object({ id: z.number(), key: z.string(), value: z.string() });
export type Write = z.infer<typeof writeSchema>;

const id = z.number();

/** What the node tells. */
export const nodeMessageSchema = z.discriminatedUnion("type", [
  /** It listens, as a leader, or has begun to follow. */
  z.object({ type: z.literal("ready"), peerPort: z.number() }),
  z.object({ type: z.literal("acknowledged"), id, offset: z.number() }),
  /** Nothing was written. */
  z.object({ type: z.literal("refused"), id }),
  /** The write may have been done, or may yet be. */
  z.object({ type: z.literal("unknown"), id }),
]);
export type NodeMessage = z.infer<typeof nodeMessageSchema>;
