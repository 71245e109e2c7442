import type { Subject } from "./subject.ts";

/** A JavaScript Map, for the memory that it takes: no order, nothing on disk. */
export function openJavascriptMap<Value>(): Promise<Subject<Value>> {
  const entries = new Map<string, Value>();
  return Promise.resolve({
    put: async (key, value) => {
      entries.set(key, value);
    },
    putBatch: async (batch) => {
      for (const [key, value] of batch) entries.set(key, value);
    },
    get: (key) => entries.get(key),
    scan: async (visit) => {
      for (const [key, value] of entries) visit(key, value);
    },
    close: async () => entries.clear(),
  });
}
