import { MemoryConfiguration } from "@boxerdb/replication";

import { ManualClock } from "../../cluster/manual-clock.ts";
import { describeConfigurationManager } from "../contract.ts";

import { ConfigurationServer } from "./configuration-server.ts";
import { HttpConfiguration } from "./http-configuration.ts";

describeConfigurationManager("in memory, over HTTP", async () => {
  const clock = new ManualClock();
  const server = await ConfigurationServer.start(new MemoryConfiguration("cluster", clock));
  const connections = new AsyncDisposableStack();
  return {
    connect: async () => {
      const connection = new HttpConfiguration(server.url, 60_000);
      connections.defer(() => connection.close());
      return connection;
    },
    ttlMs: 10_000,
    slackMs: 0,
    pass: async (delayMs) => clock.advance(delayMs),
    [Symbol.asyncDispose]: async () => {
      await connections.disposeAsync();
      await server[Symbol.asyncDispose]();
    },
  };
});
