import { once } from "node:events";
import { createServer } from "node:net";

import { Refusal } from "./refusal.ts";

/**
 * Makes sure that nothing listens on these ports of this machine.
 *
 * @throws Refusal naming those that are taken.
 */
export async function assertPortsFree(ports: readonly number[]): Promise<void> {
  const taken: number[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(port);
  if (taken.length === 0) return;
  throw new Refusal(
    `${taken.length === 1 ? "port" : "ports"} ${taken.join(", ")} of 127.0.0.1 ` +
      `${taken.length === 1 ? "is" : "are"} taken, and the cluster of compose.yaml needs them: ` +
      "stop what listens there. `docker ps` shows whether it is a container",
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1" });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
