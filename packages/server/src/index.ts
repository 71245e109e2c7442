/** The BoxerDB server: its HTTP API, its configuration, and what puts them together. */

export { ConfigurationError } from "./config/configuration-error.ts";
export { loadConfiguration, type ConfigurationSources } from "./config/configuration.ts";
export { serveFlags, type ServeFlag } from "./config/serve-flags.ts";
export type { ServeConfiguration } from "./config/settings.ts";
export type { ClusterPart, NodeParts } from "./serve/cluster-part.ts";
export { serve, type RunningServer } from "./serve/serve.ts";
export { StartupError, type StartupErrorCode } from "./serve/startup-error.ts";
