import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that systems give to outgoing connections, so that a port stays free while its server is down. */
const lowest = 15_000;
const count = 15_000;

/** Ports of this machine that nobody listens on. */
export async function freePorts(wanted: number): Promise<readonly number[]> {
  const free = new Set<number>();
  while (free.size < wanted) {
    const port = lowest + Math.floor(Math.random() * count);
    if (await isFree(port)) free.add(port);
  }
  return [...free];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
