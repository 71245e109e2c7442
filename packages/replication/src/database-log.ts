import type { OpenDatabase, Store } from "@boxerdb/engine";

import type { LogFacts } from "./core/log-facts.ts";
import type { ReplicaId } from "./replica-id.ts";

/** Which replica a database's directory is. */
export const replicaOf = (nodeId: string, store: Store, open: OpenDatabase): ReplicaId => ({
  nodeId,
  directoryId: `${store.id}/${open.manifest.logId.toString(16)}`,
});

/** What decisions need to know of a log. */
export const factsOf = ({ log, highWatermark, wholeness }: OpenDatabase): LogFacts => ({
  endOffset: log.acceptedOffset,
  highWatermark,
  wholeFrom: wholeness.from,
  epochs: log.epochs.starts,
});
