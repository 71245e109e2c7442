import { connect } from "node:net";

import { flags } from "../command.ts";
import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";

/** Redis, durable: every write is in its append-only file, and synced, before it is answered. */
export interface RedisProcess {
  readonly server: ServerProcess;
  readonly port: number;
}

/** Starts Redis with its data in a directory. */
export async function startRedis(
  directory: string,
  running: AsyncDisposableStack,
): Promise<RedisProcess> {
  const port = await freePort();
  const server = running.use(
    await ServerProcess.start(
      "redis-server",
      flags({
        "--port": port,
        "--bind": "127.0.0.1",
        "--dir": directory,
        // Appends of one turn of its event loop are synced together. No snapshots beside that.
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--save": "",
      }),
    ),
  );
  await server.ready(() => listens(port));
  return { server, port };
}

/** Whether somebody accepts connections on a port of this machine. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
