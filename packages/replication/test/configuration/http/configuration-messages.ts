/** What an HttpConfiguration and a ConfigurationServer say to each other. */
import { epoch } from "@boxerdb/engine";
import {
  revision,
  type ClusterView,
  type CompareAndSetResult,
  type DatabaseState,
  type NodeAddress,
  type VersionedState,
} from "@boxerdb/replication";
import { z } from "zod";

const replica = z.strictObject({ nodeId: z.string(), directoryId: z.string() });
const number = z.number().transform(revision);
const state = z
  .strictObject({
    id: z.string(),
    epoch: z.number().transform(epoch),
    leader: replica.optional(),
    inSync: z.array(replica),
  })
  .transform((sent): DatabaseState => ({ ...sent, leader: sent.leader }));
const versioned = z.strictObject({ state, revision: number });
const address = z.strictObject({
  nodeId: z.string(),
  peerUrl: z.string(),
  publicUrl: z.string(),
});

/** The calls of a ConfigurationManager. `lease`: which one, as `register` was answered. */
export const callSchema = z.discriminatedUnion("call", [
  z.strictObject({ call: z.literal("read") }),
  z.strictObject({
    call: z.literal("compareAndSet"),
    name: z.string(),
    expected: number.optional(),
    next: state.optional(),
  }),
  z.strictObject({ call: z.literal("register"), node: address, ttlMs: z.number() }),
  z.strictObject({ call: z.literal("renew"), lease: z.string() }),
  z.strictObject({ call: z.literal("release"), lease: z.string() }),
]);
export type Call = z.output<typeof callSchema>;

export const viewSchema = z
  .strictObject({
    id: z.string(),
    creator: z.string().optional(),
    revision: number,
    databases: z.array(z.tuple([z.string(), versioned])),
    nodes: z.array(address),
  })
  .transform(({ databases, nodes, creator, ...sent }): ClusterView => ({
    ...sent,
    creator,
    databases: new Map<string, VersionedState>(databases),
    nodes: new Map<string, NodeAddress>(nodes.map((node) => [node.nodeId, node])),
  }));

/** A view in the form that `viewSchema` reads. */
export const sentView = ({ databases, nodes, ...view }: ClusterView): object => ({
  ...view,
  databases: [...databases],
  nodes: [...nodes.values()],
});

export const resultSchema = z.discriminatedUnion("applied", [
  z.strictObject({ applied: z.literal(true), revision: number }),
  z
    .strictObject({ applied: z.literal(false), current: versioned.optional() })
    .transform((sent): CompareAndSetResult => ({ applied: false, current: sent.current })),
]);

export const registeredSchema = z.strictObject({ lease: z.string() });

/** The status of an answer to `renew` where the lease has ended. */
export const leaseLostStatus = 410;

export const callPath = "/call";
/** An answer without end: something comes at once, and each time when something may have changed. */
export const hintsPath = "/hints";
