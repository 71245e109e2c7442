import { Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";

import type { ApiApp, ApiContext, ApiEnvironment } from "./api-context.ts";
import { backupResource } from "./backup/backup-resource.ts";
import { batchHandlers } from "./batch.ts";
import { exportHandlers } from "./bulk/export.ts";
import { importHandlers } from "./bulk/import.ts";
import { manyKeysHandlers } from "./bulk/many-keys.ts";
import { changesHandlers } from "./changes/changes.ts";
import { compressed } from "./compressed.ts";
import { contentHashResource } from "./content/content-hash-resource.ts";
import { allowOrigins } from "./cors.ts";
import { databaseHandlers, databaseListHandlers } from "./databases.ts";
import { healthResources } from "./health.ts";
import { emptyKeyHandlers, keyHandlers } from "./keys.ts";
import { listingHandlers } from "./listing.ts";
import { allDatabases, compactHandlers, oneDatabase, verifyHandlers } from "./maintenance.ts";
import { metricsResource } from "./metrics.ts";
import { requestTarget } from "./request-target.ts";
import { mountResources, type Resource } from "./resources.ts";
import { selfDescription } from "./self/self-description.ts";
import { statusResource } from "./status.ts";

// Names that begin with an underscore are the API's own.
const databasePath = ":database{[^_/][^/]*}";
const collectionPath = `${databasePath}/:collection{[^_/][^/]*}`;

/** Makes the HTTP API. */
export function createApp(api: ApiContext): ApiApp {
  const app = new Hono<ApiEnvironment>({
    // Names and actions (`_batch`) share a place in the path, which the faster router cannot tell apart.
    router: new TrieRouter(),
    getPath: (request, options) => requestTarget(request, options?.env).path,
  });
  if (api.corsOrigins !== undefined) app.use(allowOrigins(api.corsOrigins));
  mountResources(app, api, apiResources(api));
  return app;
}

/** Everything that can be asked for. */
export function apiResources(api: ApiContext): readonly Resource[] {
  const keys = keyHandlers(api);
  const listing = listingHandlers(api);
  return [
    { path: "/api/v1/:key", handlers: keys },
    { path: `/api/v2/${collectionPath}/:key`, handlers: keys },
    compressed({ path: "/api/v1", handlers: listing }),
    compressed({ path: `/api/v2/${collectionPath}`, handlers: listing }),
    { path: "/api/v1/", handlers: emptyKeyHandlers },
    { path: `/api/v2/${collectionPath}/`, handlers: emptyKeyHandlers },
    { path: `/api/v2/${databasePath}/_batch`, handlers: batchHandlers(api) },
    {
      path: `/api/v2/${databasePath}`,
      handlers: databaseHandlers(api),
      scope: { PUT: "admin", DELETE: "admin" },
    },
    {
      path: `/api/v2/${databasePath}/_compact`,
      handlers: compactHandlers(api, oneDatabase),
      scope: "admin",
      isPatient: true,
    },
    {
      path: `/api/v2/${databasePath}/_verify`,
      handlers: verifyHandlers(api, oneDatabase),
      scope: "admin",
      isPatient: true,
    },
    {
      path: "/api/v2/_compact",
      handlers: compactHandlers(api, allDatabases),
      scope: "admin",
      isPatient: true,
    },
    {
      path: "/api/v2/_verify",
      handlers: verifyHandlers(api, allDatabases),
      scope: "admin",
      isPatient: true,
    },
    contentHashResource(api, `/api/v2/${databasePath}/_hash`),
    backupResource(api),
    compressed({
      path: `/api/v2/${databasePath}/_get`,
      handlers: manyKeysHandlers(api),
      scope: "read",
    }),
    compressed({
      path: `/api/v2/${databasePath}/_export`,
      handlers: exportHandlers(api),
      isPatient: true,
    }),
    {
      path: `/api/v2/${databasePath}/_import`,
      handlers: importHandlers(api),
      isPatient: true,
    },
    compressed({
      path: `/api/v2/${databasePath}/_changes`,
      handlers: changesHandlers(api),
      isPatient: true,
    }),
    compressed({ path: "/api/v2", handlers: databaseListHandlers(api) }),
    ...healthResources(api),
    compressed(statusResource(api)),
    compressed(metricsResource(api)),
    ...selfDescription,
  ];
}
