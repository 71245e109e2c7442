import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/**
 * Metrics of this process: memory, processor time, garbage collection, delays of the event loop, open
 * files. There is one process, and what watches it cannot be stopped, so that all servers in it share what
 * is begun here at the first call.
 */
export function processMetrics(): Pick<Registry, "metrics"> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
