import { MemoryConfiguration } from "@boxerdb/replication";

import { ManualClock } from "../cluster/manual-clock.ts";

import { describeConfigurationManager } from "./contract.ts";

describeConfigurationManager("in memory", async () => {
  const clock = new ManualClock();
  const configuration = new MemoryConfiguration("cluster", clock);
  return {
    connect: async () => configuration.connect(),
    ttlMs: 10_000,
    slackMs: 0,
    pass: async (delayMs) => clock.advance(delayMs),
    [Symbol.asyncDispose]: async () => {},
  };
});
