/**
 * A slow link in a process of its own: a TCP proxy, from which answers come no faster than they may. Argument:
 * its settings as JSON; see throttled-link.ts for what it tells. It ends when the process that has started it
 * lets go of it.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import type { LinkMessage, LinkSettings } from "./throttled-link.ts";

/** What a link may send at once after it had nothing to send. Timers are no finer. */
const burstMs = 2;

const { targetPort, bytesPerSecond }: LinkSettings = JSON.parse(process.argv[2] ?? "{}");

let passedBytes = 0;
/** When all that was taken is through. */
let freeAtMs = 0;

/** Resolves when so many bytes are through. */
async function pass(bytes: number): Promise<void> {
  passedBytes += bytes;
  freeAtMs = Math.max(freeAtMs, performance.now()) + (bytes * 1_000) / bytesPerSecond;
  const waitMs = freeAtMs - performance.now();
  if (waitMs > burstMs) await pause(waitMs);
}

async function answer(client: Socket): Promise<void> {
  const leader = connect(targetPort, "127.0.0.1");
  // Whichever side ends, ends the other.
  const end = (): void => {
    client.destroy();
    leader.destroy();
  };
  for (const socket of [client, leader]) socket.setNoDelay().on("error", end).on("close", end);
  client.pipe(leader);
  for await (const chunk of leader) {
    await pass(chunk.byteLength);
    if (!client.write(chunk)) await once(client, "drain");
  }
}

const tell = (message: LinkMessage): void => {
  process.send?.(message);
};

const server = createServer((client) => {
  // One that breaks off is no failure: a follower that has ended leaves its pull behind.
  answer(client).catch(() => client.destroy());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
process.on("message", () => tell({ passedBytes }));
process.once("disconnect", () => process.exit());
tell({ port: (server.address() as AddressInfo).port });
