import { batchOperations } from "./batch-operations.ts";
import { exportOperations, importOperations, manyKeysOperations } from "./bulk-operations.ts";
import { changesOperations } from "./changes-operations.ts";
import { contentHashOperations } from "./content-operations.ts";
import { databaseListOperations, databaseOperations } from "./database-operations.ts";
import { descriptionOperations } from "./description-operations.ts";
import { healthOperations } from "./health-operations.ts";
import { keyOperations } from "./key-operations.ts";
import { listingOperations } from "./listing-operations.ts";
import { backupOperations, compactOperations, verifyOperations } from "./maintenance-operations.ts";
import { metricsOperations } from "./metrics-operations.ts";
import type { Operations } from "./operation.ts";
import { statusOperations } from "./status-operations.ts";

/** All that is told of the API, in the order of the document. */
export const operations: Operations = {
  "/api/v1/{key}": keyOperations("Default", "Default collection"),
  "/api/v1": listingOperations("listDefaultKeys", "Default collection"),
  "/api/v2/{database}/{collection}/{key}": keyOperations("", "Keys"),
  "/api/v2/{database}/{collection}": listingOperations("listKeys", "Collections"),
  "/api/v2/{database}/_batch": batchOperations,
  "/api/v2/{database}/_get": manyKeysOperations,
  "/api/v2/{database}/_export": exportOperations,
  "/api/v2/{database}/_import": importOperations,
  "/api/v2": databaseListOperations,
  "/api/v2/{database}": databaseOperations,
  "/api/v2/{database}/_changes": changesOperations,
  "/api/v2/_backup": backupOperations,
  "/api/v2/_verify": verifyOperations(true),
  "/api/v2/{database}/_verify": verifyOperations(false),
  "/api/v2/{database}/_hash": contentHashOperations,
  "/api/v2/_compact": compactOperations(true),
  "/api/v2/{database}/_compact": compactOperations(false),
  ...healthOperations,
  "/status": statusOperations,
  "/metrics": metricsOperations,
  ...descriptionOperations,
};
