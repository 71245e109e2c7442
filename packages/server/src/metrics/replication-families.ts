import type {
  FollowedDatabase,
  FollowerProgress,
  LedDatabase,
  NodeStatus,
} from "@boxerdb/replication";

import { counter, gauge, single, type MetricFamily, type Sample } from "./metric-family.ts";

type LeaderStatus = Extract<NodeStatus, { role: "leader" }>;

/** What a node tells of replication, as metrics: of what it leads its followers, of what it follows itself. */
export const replicationFamilies = (status: NodeStatus): readonly MetricFamily[] => {
  const { role, databases } = status;
  const led = databases.filter((database) => database.role === "leader");
  const followed = databases.filter((database) => database.role !== "leader");
  return [
    gauge(
      "boxerdb_leader",
      "1 if this node leads a database, or would lead the first, 0 if it only follows. The sum over a " +
        "cluster must be 1 where roles come from configuration; else see boxerdb_database_leader.",
      single(Number(role === "leader")),
    ),
    gauge(
      "boxerdb_database_leader",
      "1 if this node leads the database, else 0. The sum over a cluster must be 1.",
      databases.map((database) => ({
        labels: { database: database.name },
        value: Number(database.role === "leader"),
      })),
    ),
    ...(status.role === "leader" ? leaderFamilies(status, led) : []),
    ...(role === "follower" || followed.length > 0 ? followerFamilies(status, followed) : []),
  ];
};

const leaderFamilies = (
  { writeQuorum, followers }: LeaderStatus,
  databases: readonly LedDatabase[],
): readonly MetricFamily[] => {
  const of = (value: (database: LedDatabase) => number): readonly Sample[] =>
    databases.map((database) => ({ labels: { database: database.name }, value: value(database) }));
  const ofFollowers = (value: (follower: FollowerProgress) => number): readonly Sample[] =>
    databases.flatMap(({ name, followers }) =>
      latestOfEach(followers).map((follower) => ({
        labels: { database: name, follower: follower.nodeId },
        value: value(follower),
      })),
    );
  return [
    gauge(
      "boxerdb_replication_write_quorum",
      "Nodes, the leader counted, that must have a write synced before it is acknowledged.",
      single(writeQuorum),
    ),
    gauge(
      "boxerdb_replication_in_sync_nodes",
      "Nodes, the leader counted, that have all that is committed. Below " +
        "boxerdb_replication_write_quorum writes are refused.",
      of(({ inSync }) => inSync),
    ),
    gauge(
      "boxerdb_replication_followers_connected",
      "Followers that have asked the leader for its databases lately.",
      single(followers.filter(({ connected }) => connected).length),
    ),
    gauge(
      "boxerdb_replication_follower_in_sync",
      "1 if the follower has all that is committed and writes wait for it, else 0.",
      ofFollowers(({ membership }) => Number(membership === "in-sync")),
    ),
    gauge(
      "boxerdb_replication_follower_lag_records",
      "Records that the leader has and that are not synced on the follower.",
      ofFollowers(({ lagRecords }) => lagRecords),
    ),
    gauge(
      "boxerdb_replication_follower_lag_seconds",
      "Seconds since the follower had all that the leader had; 0 while it has.",
      ofFollowers(({ lagMs }) => lagMs / 1000),
    ),
    gauge(
      "boxerdb_replication_follower_last_pull_seconds",
      "Seconds since the follower last asked for records. It asks once a second or more often.",
      ofFollowers(({ sincePullMs }) => sincePullMs / 1000),
    ),
    counter(
      "boxerdb_replication_served_pulls_total",
      "Requests of followers for records that were answered.",
      of(({ served }) => served.pulls),
    ),
    counter(
      "boxerdb_replication_served_bytes_total",
      "Bytes of records that were sent to followers. Much of it on a quiet leader: one catches up.",
      of(({ served }) => served.bytes),
    ),
  ];
};

const followerFamilies = (
  status: NodeStatus,
  databases: readonly FollowedDatabase[],
): readonly MetricFamily[] => {
  const isHalted = status.role === "follower" && status.halted !== null;
  const isConnected =
    status.role === "follower" ? status.connected : databases.every(({ connected }) => connected);
  const of = (value: (database: FollowedDatabase) => number | null): readonly Sample[] =>
    databases.flatMap((database) => {
      const known = value(database);
      return known === null ? [] : { labels: { database: database.name }, value: known };
    });
  return [
    gauge(
      "boxerdb_replication_connected",
      "1 if the leader has answered the last request, else 0; of several leaders, if all have.",
      single(Number(isConnected)),
    ),
    gauge(
      "boxerdb_replication_halted",
      "1 if the database is no longer followed because going on would lose or mix up data, which " +
        "needs an operator: the log says why. Else 0.",
      of((database) => Number(isHalted || database.halted !== null)),
    ),
    gauge(
      "boxerdb_replication_lag_records",
      "Records that the leader has and that are not visible on this follower, as far as it knows.",
      of(({ lagRecords }) => lagRecords),
    ),
    gauge(
      "boxerdb_replication_lag_seconds",
      "Seconds since all that the leader had was visible on this follower; 0 while it is.",
      of(({ lagMs }) => (lagMs === null ? null : lagMs / 1000)),
    ),
    gauge(
      "boxerdb_replication_catch_up_records_per_second",
      "Records that came from the leader in a second, over the last ten seconds.",
      of(({ recordsPerSecond }) => recordsPerSecond ?? 0),
    ),
    gauge(
      "boxerdb_replication_catch_up_remaining_seconds",
      "Seconds until this follower has all, if it and the writers go on like this; 0 while it has. " +
        "Absent where it does not get nearer.",
      of(({ remainingMs }) => (remainingMs === null ? null : remainingMs / 1000)),
    ),
    gauge(
      "boxerdb_replication_in_sync",
      "1 if this follower counts for the write quorum, as the cluster has agreed, else 0.",
      of(({ isInSync }) => (isInSync === null ? null : Number(isInSync))),
    ),
    gauge(
      "boxerdb_replication_resync_records",
      "Offsets that a full copy of the database still lacks; 0 where none is being made.",
      of(({ resync }) => (resync === null ? 0 : Math.max(0, resync.goal - resync.offset))),
    ),
    gauge(
      "boxerdb_replication_contact_age_seconds",
      "Seconds since the leader last answered this follower.",
      of(({ sinceContactMs }) => (sinceContactMs === null ? null : sinceContactMs / 1000)),
    ),
    counter(
      "boxerdb_replication_pulls_total",
      "Requests for records that the leader has answered.",
      of(({ pulled }) => pulled.pulls),
    ),
    counter(
      "boxerdb_replication_pull_failures_total",
      "Requests for records that brought no answer, or one that could not be used.",
      of(({ pulled }) => pulled.failures),
    ),
    counter(
      "boxerdb_replication_pulled_bytes_total",
      "Bytes of records that came from the leader.",
      of(({ pulled }) => pulled.bytes),
    ),
  ];
};

/** Of the copies that followers of one name have made, as after an emptied directory, the last in use. */
function latestOfEach(followers: readonly FollowerProgress[]): readonly FollowerProgress[] {
  const latest = new Map<string, FollowerProgress>();
  for (const follower of followers) {
    const known = latest.get(follower.nodeId);
    if (known === undefined || follower.sincePullMs < known.sincePullMs) {
      latest.set(follower.nodeId, follower);
    }
  }
  return [...latest.values()];
}
