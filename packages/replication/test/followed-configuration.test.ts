import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { ConfigurationUnavailableError } from "../src/errors.ts";
import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import { catalogPath, unauthorizedStatus } from "../src/protocol/messages.ts";
import { FollowedConfiguration } from "../src/static/followed-configuration.ts";

import { ManualClock } from "./cluster/manual-clock.ts";
import { answerJson, ScriptedLeader, type Script } from "./cluster/scripted-leader.ts";
import { TemporaryDirectory } from "./cluster/temporary-directory.ts";

/** What a follower knows by a leader that answers as a script says, on a clock that stands still. */
async function following(script: Script, running: AsyncDisposableStack) {
  const leader = running.use(await ScriptedLeader.start(script));
  const home = running.use(await TemporaryDirectory.create());
  const store = running.adopt(await open(`${home.path}/data`), (opened) => opened.close());
  const client = running.adopt(new HttpPeerClient(leader.url), (opened) => opened.close());
  const clock = new ManualClock();
  const configuration = running.adopt(
    new FollowedConfiguration({
      store,
      nodeId: "follower",
      publicUrl: "http://follower.example:8080",
      leaderUrl: leader.url,
      client,
      clock,
      retryPauseMs: 200,
    }),
    (made) => made.close(),
  );
  return { leader, clock, configuration, asked: () => leader.requestsTo(catalogPath) };
}

test("a leader that refuses the secret is asked again after 5 s, or when the secret has changed", async () => {
  await using running = new AsyncDisposableStack();
  const { clock, configuration, asked } = await following((_path, _message, response) => {
    answerJson(response, unauthorizedStatus, { code: "unauthorized", message: "the secret" });
  }, running);
  const refused = (): Promise<void> =>
    expect(configuration.read()).rejects.toThrow(ConfigurationUnavailableError);
  await refused();
  clock.advance(4_999);
  await refused();
  expect(asked()).toBe(1);
  clock.advance(1);
  await refused();
  expect(asked()).toBe(2);
  configuration.credentialsRenewed();
  await refused();
  expect(asked()).toBe(3);
});

test("a leader that does not answer is asked with every read", async () => {
  await using running = new AsyncDisposableStack();
  const { configuration, asked } = await following((_path, _message, response) => {
    answerJson(response, 503, { code: "unavailable", message: "not now" });
  }, running);
  for (let reads = 1; reads <= 3; reads++) {
    await expect(configuration.read()).rejects.toThrow("not now");
    expect(asked()).toBe(reads);
  }
});
