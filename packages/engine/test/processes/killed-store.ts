import type { StoreOptions } from "@boxerdb/engine";

/** How the store is kept whose processes get killed: small segments, so that all of it happens often. */
export const killedStoreOptions: StoreOptions = {
  segmentBytes: 32 << 10,
  compaction: "background",
};
