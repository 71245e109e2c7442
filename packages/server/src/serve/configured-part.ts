import { startNode } from "@boxerdb/replication";

import type { ServeConfiguration } from "../config/settings.ts";

import type { ClusterPart } from "./cluster-part.ts";
import { listenError } from "./startup-error.ts";

/** The part of a node that leads everything, or follows one that does, as its configuration says. */
export const configuredPart = ({
  role,
  leaderUrl,
  writeQuorum,
  peerHost,
  peerPort,
  peerCompression,
}: ServeConfiguration): ClusterPart => ({
  damagedDatabases: role === "follower" ? "set aside" : "refuse",
  async start(parts) {
    try {
      return await startNode({
        ...parts,
        role,
        writeQuorum,
        ...(leaderUrl === undefined ? {} : { leaderUrl }),
        peerHost,
        peerPort,
        peerCompression,
      });
    } catch (error) {
      throw listenError(error, peerHost, peerPort, "--peer-port");
    }
  },
});
