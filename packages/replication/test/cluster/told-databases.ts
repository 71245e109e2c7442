import type { FollowedDatabase, LedDatabase, ReplicationNode } from "@boxerdb/replication";

/** What a node tells of a database that it leads; undefined where it does not. */
export const toldOfLed = (node: ReplicationNode, name = "default"): LedDatabase | undefined =>
  node
    .status()
    .databases.filter((database) => database.role === "leader")
    .find((database) => database.name === name);

/** What a node tells of a database that it does not lead; undefined where it does. */
export const toldOfFollowed = (
  node: ReplicationNode,
  name = "default",
): FollowedDatabase | undefined =>
  node
    .status()
    .databases.filter((database) => database.role !== "leader")
    .find((database) => database.name === name);
