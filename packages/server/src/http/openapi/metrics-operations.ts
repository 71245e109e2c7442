import type { PathOperations } from "./operation.ts";

/** What Prometheus scrapes. */
export const metricsOperations: PathOperations = {
  GET: {
    operationId: "getMetrics",
    tag: "Node",
    summary: "Metrics for Prometheus",
    description:
      "Requests, syncs, replication, compaction, memory. The help texts tell what each is.",
    answers: {
      200: { description: "The exposition format, version 0.0.4.", content: { "text/plain": {} } },
    },
    problems: ["not_ready"],
  },
};
