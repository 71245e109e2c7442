import { open, type Store } from "@boxerdb/engine";
import { startNode, type LedDatabase, type ReplicationNode } from "@boxerdb/replication";

import { databaseName, replicatedNode } from "./replicated-node.ts";

/** A leader in this process. */
export interface Leader extends AsyncDisposable {
  readonly store: Store;
  readonly node: ReplicationNode;
  /** Its peer URL. */
  readonly url: string;
  /** Where the log of the database ends now. */
  readonly endOffset: () => number;
  /** How many followers are there. */
  readonly followers: () => number;
  /** How many replicas are in sync, its own counted. */
  readonly inSync: () => number;
  /** Bytes of records that followers were sent. */
  readonly servedBytes: () => number;
}

/** Opens a store and leads what is in it. */
export async function startBenchmarkLeader(
  directory: string,
  writeQuorum: number,
): Promise<Leader> {
  const store = await open(directory, { commit: "replicated" });
  const node = await startNode({
    ...replicatedNode,
    store,
    role: "leader",
    nodeId: "leader",
    writeQuorum,
  });
  const ledDatabase = (): LedDatabase | undefined => {
    const [database] = node.status().databases;
    return database?.role === "leader" ? database : undefined;
  };
  return {
    store,
    node,
    url: `http://127.0.0.1:${node.peerPort}`,
    endOffset: () => store.database(databaseName).status()?.endOffset ?? 0,
    followers: () => {
      const status = node.status();
      return status.role === "leader" ? status.followers.length : 0;
    },
    inSync: () => ledDatabase()?.inSync ?? 0,
    servedBytes: () => ledDatabase()?.served.bytes ?? 0,
    [Symbol.asyncDispose]: async () => {
      await node.close();
      await store.close();
    },
  };
}
