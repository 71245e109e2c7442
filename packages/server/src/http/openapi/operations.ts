import { batchOperations } from "./batch-operations.ts";
import { databaseListOperations, databaseOperations } from "./database-operations.ts";
import { descriptionOperations } from "./description-operations.ts";
import { healthOperations } from "./health-operations.ts";
import { keyOperations } from "./key-operations.ts";
import { listingOperations } from "./listing-operations.ts";
import type { Operations } from "./operation.ts";
import { statusOperations } from "./status-operations.ts";

/** All that is told of the API, in the order of the document. */
export const operations: Operations = {
  "/api/v1/{key}": keyOperations("Default", "Default collection"),
  "/api/v1": listingOperations("listDefaultKeys", "Default collection"),
  "/api/v2/{database}/{collection}/{key}": keyOperations("", "Keys"),
  "/api/v2/{database}/{collection}": listingOperations("listKeys", "Collections"),
  "/api/v2/{database}/_batch": batchOperations,
  "/api/v2": databaseListOperations,
  "/api/v2/{database}": databaseOperations,
  ...healthOperations,
  "/status": statusOperations,
  ...descriptionOperations,
};
