import { request } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { AccessFiles } from "./access-files.ts";
import { eventually } from "./eventually.ts";
import { sendRaw } from "./raw-socket.ts";
import { startTestServer } from "./test-server.ts";

let files: AccessFiles;
beforeEach(async () => {
  files = await AccessFiles.create();
});
afterEach(() => files[Symbol.asyncDispose]());

const secret = "boxerdb_the-secret-of-a-test";
const peerSecret = "the-secret-of-the-peers";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The status of a read by way of the hot routes, and of one by way of Hono. */
const statusesOf = async (url: string, token: string): Promise<readonly number[]> =>
  Promise.all(
    ["/api/v1/k", "/api/v1"].map(async (path) => {
      const { statusCode, body } = await request(url + path, { headers: bearer(token) });
      await body.dump();
      return statusCode;
    }),
  );

describe("a served node with tokens", () => {
  test("asks for them on every way that a request can take", async () => {
    const tokensFile = await files.writeTokens({ [secret]: "read" });
    await using running = await startTestServer({ tokensFile });
    expect(await statusesOf(running.url, secret)).toEqual([404, 200]);
    expect(await statusesOf(running.url, `${secret}x`)).toEqual([401, 401]);
    const put = (key: string, ...headers: readonly string[]) =>
      sendRaw(
        running.port,
        [`PUT /api/v1/${key} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers].join(
          "\r\n",
        ),
        '\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"value":1}',
      );
    expect(await put("k")).toMatchObject({ status: 401 });
    expect(await put("k", `Authorization: Bearer ${secret}`)).toMatchObject({ status: 403 });
    expect(await put("k", "Origin: http://localhost")).toMatchObject({ status: 401 });
    for (const path of ["/livez", "/readyz", "/leader"]) {
      expect((await fetch(running.url + path)).status).toBe(200);
    }
  });

  test("takes other tokens when it is told to, and none of a file that is not in order", async () => {
    const tokensFile = await files.writeTokens({ first: "read" });
    await using running = await startTestServer({ tokensFile });
    await files.writeTokens({ second: "read" });
    expect(await statusesOf(running.url, "first")).toEqual([404, 200]);
    await running.server.reload();
    expect(await statusesOf(running.url, "first")).toEqual([401, 401]);
    expect(await statusesOf(running.url, "second")).toEqual([404, 200]);
    await files.write("tokens", "nonsense");
    await running.server.reload();
    expect(await statusesOf(running.url, "second")).toEqual([404, 200]);
    expect(running.logged).toContainEqual(
      expect.objectContaining({
        level: 50,
        err: expect.objectContaining({ message: expect.stringMatching(/tokens:1:1 is not JSON/) }),
      }),
    );
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ["tokensFile", {}, /^the tokens file .*missing cannot be read: it does not exist/],
    ["peerSecretFile", {}, /^the peer secret file .*missing cannot be read: it does not exist/],
    ["tlsCa", {}, /^the file of authorities .*missing cannot be read: it does not exist/],
    ["tlsCert", { tlsKey: "key" }, /^the certificate .*missing cannot be read: it does not exist/],
  ])("does not start without what %s names", async (setting, others, told) => {
    const missing = (await files.write("there", "")).replace("there", "missing");
    await expect(startTestServer({ [setting]: missing, ...others })).rejects.toMatchObject({
      code: "ACCESS_FILE_UNUSABLE",
      message: expect.stringMatching(told),
    });
  });

  test("writes nothing secret to its log, whatever comes and at any level", async () => {
    const tokensFile = await files.writeTokens({ [secret]: "write" });
    const peerSecretFile = await files.write("peers", peerSecret);
    const flags = { tokensFile, peerSecretFile, logLevel: "trace" };
    await using leader = await startTestServer(flags);
    await using follower = await startTestServer({
      ...flags,
      role: "follower",
      leaderUrl: leader.server.peerUrl ?? "",
    });
    const headers = { ...bearer(secret), "content-type": "application/json" };
    for (const { url } of [leader, follower]) {
      for (const body of ['{"value":1}', "{", undefined]) {
        await fetch(`${url}/api/v1/k`, { method: "PUT", headers, ...(body && { body }) });
      }
      await fetch(`${url}/api/v2/x`, { method: "PUT", headers });
      await fetch(`${url}/api/v1`, { headers: bearer(`${secret}-wrong`) });
    }
    await sendRaw(
      leader.port,
      `GET / HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nbad line\r\n\r\n`,
    );
    await sendRaw(
      leader.port,
      `GET /api/v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    );
    // A leader that another peer secret is shown to says so, and not which.
    await files.write("peers", "another-secret-of-peers");
    await leader.server.reload();
    await eventually(() =>
      expect(follower.logged).toContainEqual(
        expect.objectContaining({
          level: 40,
          err: expect.objectContaining({
            message: expect.stringContaining("does not take the secret of this node"),
          }),
        }),
      ),
    );
    const logged = JSON.stringify([leader.logged, follower.logged]);
    expect(leader.logged.length).toBeGreaterThan(5);
    expect(logged).not.toContain(secret);
    expect(logged).not.toContain(peerSecret);
    expect(logged).not.toContain("another-secret");
  });
});
