import { closeSync, openSync } from "node:fs";

import type { RunningServer } from "./serve.ts";

/**
 * Reads the tokens, secrets and certificates again when the process is sent SIGHUP, as daemons do. The
 * same signal comes when the terminal that the server runs in is closed: then it is told to stop.
 */
export function reloadOnSignal(server: RunningServer): void {
  const { log } = server;
  process.on("SIGHUP", () => {
    if (process.stdin.isTTY && !hasTerminal()) {
      log.info("SIGHUP: the terminal is gone");
      process.kill(process.pid, "SIGTERM");
      return;
    }
    log.info("SIGHUP: reading tokens, secrets and certificates again");
    void server.reload();
  });
}

/** Whether there still is a terminal that controls this process. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
