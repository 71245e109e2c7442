import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectPlainly } from "node:net";
import { connect } from "node:tls";

import { Agent, request } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { AccessFiles } from "./access-files.ts";
import { TestAuthority, type Claim } from "./certificates.ts";
import { boxerdb } from "./cli/boxerdb.ts";
import { eventually } from "./eventually.ts";
import { startTestServer } from "./test-server.ts";

let authority: TestAuthority;
let agent: Agent;
beforeAll(async () => {
  authority = await TestAuthority.create();
  agent = new Agent({ connect: { ca: authority.cert } });
});
afterAll(() => agent.close());

let files: AccessFiles;
beforeEach(async () => {
  files = await AccessFiles.create();
});
afterEach(() => files[Symbol.asyncDispose]());

/** Writes a certificate and its key. Returns the settings that name them. */
async function writePair(claim: Claim = {}): Promise<{ tlsCert: string; tlsKey: string }> {
  const { cert, key } = await authority.issue(claim);
  return { tlsCert: await files.write("cert", cert), tlsKey: await files.write("key", key) };
}

/** The number of the certificate that a port shows. */
async function shownSerial(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ca: authority.cert });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe("a node with a certificate", () => {
  test("answers by TLS, and to nobody who speaks without", async () => {
    await using running = await startTestServer(await writePair());
    expect(running.url).toMatch(/^https:/);
    expect(running.server.peerUrl).toMatch(/^https:/);
    const response = await request(`${running.url}/livez`, { dispatcher: agent });
    expect(await response.body.json()).toEqual({ status: "ok" });
    const socket = connectPlainly(running.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "close");
    expect(heard).not.toContain("HTTP/1.1 200");
  });

  test("shows another one when it is told to, and keeps the old one where the new will not do", async () => {
    await using running = await startTestServer(await writePair());
    const peerPort = Number(new URL(running.server.peerUrl ?? "").port);
    const first = await shownSerial(running.port);
    expect(await shownSerial(peerPort)).toBe(first);
    await writePair();
    await running.server.reload();
    const second = await shownSerial(running.port);
    expect(second).not.toBe(first);
    expect(await shownSerial(peerPort)).toBe(second);
    await writePair({ to: new Date(Date.now() - 1) });
    await running.server.reload();
    expect(await shownSerial(running.port)).toBe(second);
    expect(running.logged).toContainEqual(
      expect.objectContaining({
        err: expect.objectContaining({ message: expect.stringContaining("has expired at") }),
      }),
    );
  });

  test("keeps its tokens too where it cannot use one that it is to read again", async () => {
    const pair = await writePair();
    const tokensFile = await files.writeTokens({ first: "read" });
    await using running = await startTestServer({ ...pair, tokensFile });
    const broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    await files.write("cert", (await readFile(pair.tlsCert, "utf8")) + broken);
    await files.writeTokens({ second: "read" });
    await running.server.reload();
    expect(running.logged.at(-1)).toMatchObject({
      level: 50,
      msg: "tokens, secrets and certificates stay as they were",
      err: { message: expect.stringMatching(/^TLS cannot use the certificate/) },
    });
    const headers = { authorization: "Bearer first" };
    const response = await request(`${running.url}/api/v1`, { dispatcher: agent, headers });
    expect(response.statusCode).toBe(200);
    await response.body.dump();
  });

  test("does not start with one that has expired", async () => {
    const pair = await writePair({ to: new Date(Date.now() - 1) });
    await expect(startTestServer(pair)).rejects.toMatchObject({ code: "ACCESS_FILE_UNUSABLE" });
  });
});

describe("a follower", () => {
  test("follows a leader that it can trust, and no other", async () => {
    await using leader = await startTestServer(await writePair());
    const following = { role: "follower", leaderUrl: leader.server.peerUrl ?? "" };
    await using trusting = await startTestServer({
      ...following,
      tlsCa: await files.write("ca", authority.cert),
    });
    await using doubting = await startTestServer(following);
    const isReady = async (url: string) => (await fetch(`${url}/readyz`)).status === 200;
    await eventually(async () => expect(await isReady(trusting.url)).toBe(true));
    await eventually(() =>
      expect(doubting.logged).toContainEqual(
        expect.objectContaining({
          err: expect.objectContaining({
            message: expect.stringContaining("--tls-ca names who signed its certificate"),
          }),
        }),
      ),
    );
    expect(await isReady(doubting.url)).toBe(false);
  });
});

describe("the command line", () => {
  test("talks to a server that it can trust, with a token, and to no other", async () => {
    const tokensFile = await files.writeTokens({ "the-secret": "write" });
    await using running = await startTestServer({ ...(await writePair()), tokensFile });
    const BOXERDB_URL = running.url;
    const BOXERDB_TLS_CA = await files.write("ca", authority.cert);
    const tokenFile = await files.write("token", "the-secret\n");

    const untrusted = await boxerdb(["get", "k"], { environment: { BOXERDB_URL } });
    expect(untrusted).toMatchObject({ code: 1, out: "" });
    expect(untrusted.err).toContain(
      "nobody who is trusted here has signed its certificate. --tls-ca",
    );

    const environment = { BOXERDB_URL, BOXERDB_TLS_CA };
    const nameless = await boxerdb(["get", "k"], { environment });
    expect(nameless).toMatchObject({ code: 1, out: "" });
    expect(nameless.err).toContain("a token is needed");
    expect(nameless.err).toContain("Here: --token-file, or BOXERDB_TOKEN");

    expect(
      await boxerdb(["put", "k", "1", "--token-file", tokenFile], { environment }),
    ).toMatchObject({
      code: 0,
    });
    const ways = [
      { args: ["--token", "the-secret"] },
      { variables: { BOXERDB_TOKEN: "the-secret" } },
      { variables: { BOXERDB_TOKEN_FILE: tokenFile } },
      { args: ["--token-file", tokenFile], variables: { BOXERDB_TOKEN: "wrong" } },
    ];
    for (const { args = [], variables = {} } of ways) {
      const asked = ["get", "k", ...args];
      const ended = await boxerdb(asked, { environment: { ...environment, ...variables } });
      expect(ended).toEqual({ code: 0, out: "1\n", err: "" });
    }
    const wrong = await boxerdb(["get", "k"], {
      environment: { ...environment, BOXERDB_TOKEN: "another-secret" },
    });
    expect(wrong.code).toBe(1);
    expect(wrong.err).not.toContain("another-secret");

    await writePair({ host: "another.example" });
    await running.server.reload();
    const elsewhere = await boxerdb(["get", "k"], { environment });
    expect(elsewhere.err).toContain("its certificate is for another name than that of the URL");
  });

  test("sends no token but as what it is", async () => {
    const tokensFile = await files.writeTokens({ "the-secret": "admin" });
    await using running = await startTestServer({ tokensFile, logLevel: "trace" });
    const environment = { BOXERDB_URL: running.url };
    for (const verb of [["list"], ["export"], ["status"], ["get", "k"], ["delete", "k"]]) {
      await boxerdb([...verb, "--token", "the-secret"], { environment });
    }
    expect(running.logged.filter(({ url }) => typeof url === "string").length).toBeGreaterThan(4);
    expect(JSON.stringify(running.logged)).not.toContain("the-secret");
    expect(running.logged.filter(({ status }) => status === 400 || status === 401)).toEqual([]);
  });
});
