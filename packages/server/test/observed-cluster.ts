import { expect } from "vitest";

import { eventually } from "./eventually.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

/** A leader and a follower that has all of the one document that was written. */
export interface ObservedCluster extends AsyncDisposable {
  readonly leader: TestServer;
  readonly follower: TestServer;
}

/** Starts both; `flags` are those of both. */
export async function startObservedCluster(
  flags: Readonly<Record<string, string>> = {},
): Promise<ObservedCluster> {
  await using started = new AsyncDisposableStack();
  const leader = started.use(await startTestServer({ nodeId: "leader", ...flags }));
  const put = await fetch(`${leader.url}/api/v1/k`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value: 1 }),
  });
  expect(put.status).toBe(200);
  const follower = started.use(
    await startTestServer({
      nodeId: "follower",
      role: "follower",
      leaderUrl: leader.server.peerUrl ?? "",
      ...flags,
    }),
  );
  await eventually(async () => expect((await fetch(`${follower.url}/api/v1/k`)).status).toBe(200));
  const rest = started.move();
  return { leader, follower, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}
