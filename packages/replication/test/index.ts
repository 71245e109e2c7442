/** What tests of other packages use of the machinery that tests replication. */
export { ConfigurationServer } from "./configuration/http/configuration-server.ts";
export { HttpConfiguration } from "./configuration/http/http-configuration.ts";
export { History } from "../simulator/history/history.ts";
export { checkLinearizability } from "../simulator/history/linearizability.ts";
export type { Operation } from "../simulator/history/operation.ts";
export { ClientLoad, type LoadProfile } from "../simulator/load/client-load.ts";
export type { ClientAnswer, ClientRequest } from "../simulator/load/client-protocol.ts";
export type { ClusterAccess } from "../simulator/load/cluster-access.ts";
export { Randomness } from "../simulator/randomness.ts";
