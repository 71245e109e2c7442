import { epoch, type Store } from "@boxerdb/engine";

/** Has a store that is opened with `commit: "replicated"` decide about its databases alone, as a leader does. */
export function leadAlone(store: Store): void {
  store.authority = {
    create: async (name) => {
      const { open } = await store.createReplica(name);
      await open?.beginEpoch(epoch(1));
    },
    drop: (name) => store.dropReplica(name),
  };
}
