import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/**
 * Metrics of this process, as the text that Prometheus reads: memory, processor time, garbage collection,
 * delays of the event loop, open files. There is one process, and what watches it cannot be stopped, so
 * that all servers in it share what is begun here at the first call.
 */
export function processMetrics(): Promise<string> {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry.metrics();
}
