import closeWithGrace from "close-with-grace";

import type { RunningServer } from "./serve.ts";

/** More than handovers and the requests under way get, so that the store can still be closed after them. */
const closeDelayMs = 20_000;

/**
 * Stops the server when the process is told to (SIGTERM, SIGINT and the like) or when an error was
 * caught by nobody, then ends the process: with 0 after a signal, with 1 after an error. A second
 * signal ends it at once; every acknowledged write is on disk all the same.
 */
export function closeOnSignals(server: RunningServer): void {
  const { log } = server;
  closeWithGrace(
    {
      delay: closeDelayMs,
      // Means something else to a server: see reload-on-signal.ts.
      skip: ["SIGHUP"],
      logger: { error: (message: unknown) => log.fatal({ err: message }, "stopping failed") },
      onSecondSignal: (signal) => log.warn(`${signal} again: stopping at once`),
      onSecondError: (error) => log.fatal({ err: error }, "another error while stopping"),
      onTimeout: (delayMs) => log.fatal(`stopping took longer than ${delayMs / 1000} s: giving up`),
    },
    async ({ err, signal }) => {
      if (err !== undefined) log.fatal({ err }, "an error that nobody caught: stopping");
      else if (signal !== undefined) log.info(`${signal}: stopping`);
      await server.close();
    },
  );
}
