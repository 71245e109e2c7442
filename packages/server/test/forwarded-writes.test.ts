/** Writes that a follower hands on to its leader, through real sockets. */
import { once } from "node:events";
import {
  createServer,
  request as requestHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { WriteForwarding } from "../src/http/forwarding/write-forwarding.ts";

import { AccessFiles } from "./access-files.ts";
import { TestAuthority } from "./certificates.ts";
import { boxerdb } from "./cli/boxerdb.ts";
import { eventually } from "./eventually.ts";
import { sendRaw } from "./raw-socket.ts";
import { peerUrlOf, sending, startTestNode } from "./test-node.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const put = (value: unknown, headers: Readonly<Record<string, string>> = {}) =>
  sending("PUT", { value }, headers);

/** A follower that hands writes on, and that knows its leader. */
async function startForwarding(
  leader: TestServer,
  flags: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const follower = await startTestServer({
    nodeId: "n2",
    role: "follower",
    leaderUrl: leader.server.peerUrl ?? "",
    forwardWrites: "true",
    ...flags,
  });
  await eventually(async () => expect((await fetch(`${follower.url}/readyz`)).status).toBe(200));
  return follower;
}

describe("a follower that hands writes on", () => {
  let leader: TestServer;
  let follower: TestServer;
  beforeAll(async () => {
    leader = await startTestServer({ nodeId: "n1" });
    follower = await startForwarding(leader);
  });
  afterAll(async () => {
    await follower[Symbol.asyncDispose]();
    await leader[Symbol.asyncDispose]();
  });

  const asked = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(follower.url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };

  test("answers as the leader does, and reads what was written with its offset", async () => {
    const written = await asked("/api/v1/k", put({ n: 1 }, { "x-request-id": "mine" }));
    expect(written).toMatchObject({ status: 200, body: { offset: expect.any(Number) } });
    const { offset } = written.body;
    expect(written.headers.get("etag")).toBe(`"${offset}"`);
    expect(written.headers.get("boxerdb-offset")).toBe(String(offset));
    expect(written.headers.get("x-request-id")).toBe("mine");
    expect(leader.logged).toContainEqual(
      expect.objectContaining({ requestId: "mine", method: "PUT", status: 200 }),
    );
    const own = { headers: { "boxerdb-min-offset": String(offset) } };
    expect((await asked("/api/v1/k", own)).body).toEqual({ value: { n: 1 } });
  });

  test("hands on every write, with its conditions and its idempotency key", async () => {
    const created = await asked("/api/v1/once", put(1, { "if-none-match": "*" }));
    expect(created.status).toBe(200);
    expect((await asked("/api/v1/once", put(2, { "if-none-match": "*" }))).body).toMatchObject({
      code: "precondition_failed",
    });
    const same = { "idempotency-key": "write-1" };
    const first = await asked("/api/v1/repeated", put("r", same));
    const again = await asked("/api/v1/repeated", put("r", same));
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await asked("/api/v1/once", { method: "DELETE" })).status).toBe(200);
    expect((await asked("/api/v1/once", { method: "DELETE" })).status).toBe(404);
    expect((await asked("/api/v2/made", { method: "PUT" })).status).toBe(201);
    const operations = [{ op: "put", collection: "c", key: "k", value: 1 }];
    expect((await asked("/api/v2/made/_batch", sending("POST", { operations }))).status).toBe(200);
    expect((await asked("/api/v2/made/d/k", sending("POST", { value: 1 }))).status).toBe(200);
    expect((await asked("/api/v2/made", { method: "DELETE" })).body).toEqual({ dropped: "made" });
    expect((await asked("/api/v1/k%2F..%2F%E2%82%AC?ttl=100&durability=os", put(1))).status).toBe(
      200,
    );
    const read = await fetch(`${leader.url}/api/v1/k%2F..%2F%E2%82%AC`);
    expect(await read.json()).toEqual({ value: 1 });
    // What is wrong is said by whoever sees it first, in the same words.
    expect((await asked("/api/v1/k", put(1, { "content-type": "text/xml" }))).status).toBe(415);
    expect((await asked("/api/v1/k?tll=1", put(1))).status).toBe(400);
  });

  test("hands on bodies of any length, as they come and as they are encoded", async () => {
    const operations = Array.from({ length: 2_000 }, (_, index) => ({
      op: "put",
      collection: "large",
      key: String(index),
      value: "x".repeat(1_000),
    }));
    expect((await asked("/api/v2/app/_batch", sending("POST", { operations }))).status).toBe(200);
    const lines = Array.from({ length: 30_000 }, (_, key) => `{"key":"${key}","value":"${key}"}\n`);
    const zipped = await asked("/api/v2/app/_import?collection=zipped", {
      method: "POST",
      body: gzipSync(lines.join("")),
      headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
    });
    expect(zipped).toMatchObject({ status: 200, body: { documents: 30_000 } });

    const importing = requestHttp(`${follower.url}/api/v2/app/_import?collection=slow`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", "idempotency-key": "slow" },
    });
    const answered = once(importing, "response");
    // The leader stores the first of them although the client has not said all.
    importing.write(lines.slice(0, 10_000).join(""));
    await eventually(async () => {
      const progress = await fetch(`${leader.url}/api/v2/app/_import`, {
        headers: { "idempotency-key": "slow" },
      });
      expect(progress.status).toBe(200);
    });
    importing.end(lines.slice(10_000).join(""));
    const [answer] = await answered;
    expect(answer).toMatchObject({ statusCode: 200 });
    const text = (await answer.setEncoding("utf8").toArray()).join("");
    expect(JSON.parse(text)).toMatchObject({ documents: 30_000, lines: 30_000 });
  });

  test("hands back what ends an import early, and goes on with others", async () => {
    const bad = `{"key":"a","value":1}\nnonsense\n${`{"key":"b","value":1}\n`.repeat(200_000)}`;
    for (let round = 0; round < 5; round++) {
      // What is left of the body is not read to its end: each needs a connection of its own.
      const agent = new Agent();
      const answer = await request(`${follower.url}/api/v2/app/_import?collection=bad`, {
        method: "POST",
        body: bad,
        headers: { "content-type": "application/x-ndjson" },
        dispatcher: agent,
      });
      onTestFinished(() => agent.destroy());
      expect(answer.statusCode).toBe(400);
      expect(await answer.body.json()).toMatchObject({
        code: "invalid_line",
        line: 2,
        documents: 1,
      });
      expect((await asked("/api/v1/k", put("after"))).status).toBe(200);
    }
  });

  test("refuses what is too long before the leader hears of it", async () => {
    const small = { maxValueBytes: "1KiB", maxBatchBytes: "1KiB", nodeId: "n3" };
    await using strict = await startForwarding(leader, small);
    for (const [path, method] of [
      ["/api/v1/long", "PUT"],
      ["/api/v2/app/_batch", "POST"],
    ] as const) {
      for (const headers of [
        { "content-length": "10000000" },
        { "transfer-encoding": "chunked" },
      ]) {
        const sent = requestHttp(strict.url + path, {
          method,
          agent: false,
          headers: { "content-type": "application/json", ...headers },
        });
        sent.on("error", () => {});
        const answered = once(sent, "response");
        sent.write(`{"value":"${"x".repeat(3_000_000)}`);
        const [answer] = await answered;
        expect(answer.statusCode).toBe(413);
        sent.destroy();
      }
    }
    expect((await fetch(`${strict.url}/api/v1/short`, put("x"))).status).toBe(200);
    expect((await fetch(`${leader.url}/api/v1/long`)).status).toBe(404);
  });

  test("refuses reads that are the leader's as before", async () => {
    const read = await asked("/api/v1/k?consistency=leader");
    expect(read).toMatchObject({ status: 403, body: { code: "not_leader" } });
    const many = sending("POST", { keys: [] });
    expect((await asked("/api/v2/app/_get?consistency=leader", many)).status).toBe(403);
  });

  test("hands on once only: what was handed on to a node that does not lead waits", async () => {
    const looping = await asked("/api/v1/k", put(1, { "boxerdb-forwarded-by": "n3" }));
    expect(looping).toMatchObject({ status: 503, body: { code: "no_leader" } });
    expect(looping.headers.get("retry-after")).toBe("1");
    // One that hands nothing on says the same: its 403 would be the word of the node that was asked.
    await using plain = await startTestServer({
      role: "follower",
      leaderUrl: leader.server.peerUrl ?? "",
    });
    await eventually(async () => {
      expect((await fetch(`${plain.url}/api/v1/k`, put(1))).status).toBe(403);
    });
    const handedOn = put(1, { "boxerdb-forwarded-by": "n3" });
    expect((await fetch(`${plain.url}/api/v1/k`, handedOn)).status).toBe(503);
  });

  test("never asks a host that a client has named", async () => {
    await using elsewhere = await startScripted(() => {});
    const { host } = new URL(elsewhere.url);
    const body = '{"value":1}';
    const answer = await sendRaw(
      follower.port,
      `PUT http://${host}/api/v1/named HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: ${host}\r\n` +
        `Forwarded: host=${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
        `Connection: close\r\n\r\n${body}`,
    );
    expect(answer.status).toBe(200);
    expect(elsewhere.requests).toEqual([]);
    expect((await asked("/api/v1//evil.example/k", put(1))).status).toBe(404);
  });

  test("is of use to the command line", async () => {
    const written = await boxerdb(["put", "cli", "1", "--url", follower.url]);
    expect(written).toMatchObject({ code: 0, err: "" });
  });
});

/** A server in the place of a leader, for clients. */
interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly requests: IncomingMessage[];
}

async function startScripted(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<Scripted> {
  const requests: IncomingMessage[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(incoming);
    answer(incoming, outgoing);
  });
  return { ...(await listening(server)), requests };
}

async function listening(
  server: Server | ReturnType<typeof createTcpServer>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A follower whose leader tells clients to come to another place. */
async function followerOf(publicUrl: string, flags: Readonly<Record<string, string>> = {}) {
  await using started = new AsyncDisposableStack();
  const leader = started.use(await startTestServer({ advertiseUrl: publicUrl }));
  const follower = started.use(await startForwarding(leader, flags));
  const rest = started.move();
  return { url: follower.url, follower, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

const problem = z.object({ code: z.string(), message: z.string() });

const codeOf = async (response: Response): Promise<unknown> => {
  const { code } = problem.parse(await response.json());
  return [response.status, code];
};

describe("where the leader", () => {
  test("cannot be reached, nothing was written", async () => {
    const closed = await listening(createTcpServer());
    await closed[Symbol.asyncDispose]();
    await using node = await followerOf(closed.url);
    const response = await fetch(`${node.url}/api/v1/k`, put(1));
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await codeOf(response)).toEqual([503, "no_leader"]);
  });

  test("breaks off before it has answered, the outcome is unknown", async () => {
    await using breaking = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.destroy());
      }),
    );
    await using node = await followerOf(breaking.url);
    expect(await codeOf(await fetch(`${node.url}/api/v1/k`, put(1)))).toEqual([
      504,
      "outcome_unknown",
    ]);
  });

  test("breaks off in its answer, or answers too much, the outcome is unknown", async () => {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    await using breaking = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(answer));
      }),
    );
    await using node = await followerOf(breaking.url);
    const outcome = async () => codeOf(await fetch(`${node.url}/api/v1/k`, put(1)));
    expect(await outcome()).toEqual([504, "outcome_unknown"]);
    answer = "no HTTP at all";
    expect(await outcome()).toEqual([504, "outcome_unknown"]);
    answer = `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${"x".repeat(2_000_000)}`;
    expect(await outcome()).toEqual([504, "outcome_unknown"]);
  });

  test("does not answer at all, the outcome is unknown after a while", async () => {
    await using silent = await startScripted(() => {});
    await using leader = await startTestNode({ node: { advertiseUrl: silent.url } });
    const times = { connectMs: 60_000, silenceMs: 20 };
    const forwarding = new WriteForwarding({
      nodeId: "n2",
      publicUrl: "http://n2.example:8080",
      authorities: undefined,
      times,
    });
    await using follower = await startTestNode({
      node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leader) },
      api: { forwarding },
    });
    onTestFinished(() => forwarding.close());
    await eventually(async () => expect((await follower.app.request("/readyz")).status).toBe(200));
    const response = await follower.app.request("/api/v1/k", { method: "DELETE" });
    expect(await codeOf(response)).toEqual([504, "outcome_unknown"]);
  });

  test("is not known yet, or is this node by its word, there is none", async () => {
    await using leader = await startTestNode({ node: { advertiseUrl: "http://n2.example:8080" } });
    const forwarding = new WriteForwarding({
      nodeId: "n2",
      publicUrl: "http://n2.example:8080",
      authorities: undefined,
    });
    const follow = (leaderUrl: string) =>
      startTestNode({
        node: { role: "follower", nodeId: "n2", leaderUrl },
        api: { forwarding },
      });
    await using lost = await follow("http://127.0.0.1:1");
    await using confused = await follow(peerUrlOf(leader));
    await eventually(async () => expect((await confused.app.request("/readyz")).status).toBe(200));
    for (const { app } of [lost, confused]) {
      const response = await app.request("/api/v1/k", { method: "DELETE" });
      expect(await codeOf(response)).toEqual([503, "no_leader"]);
    }
  });

  test("answers anything, it is handed back, and is told who asks what", async () => {
    await using scripted = await startScripted((incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(418, {
        "content-type": "text/plain",
        "x-own": "1",
        connection: "x-hop",
        "x-hop": "1",
      });
      outgoing.end("I am a teapot");
    });
    await using node = await followerOf(`${scripted.url}/base/`);
    const { port } = new URL(node.url);
    const answer = await sendRaw(
      Number(port),
      "DELETE /api/v1/%2e%2e?durability=os HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close, x-secret\r\n" +
        "X-Secret: 1\r\nAuthorization: Bearer abc\r\nX-Request-Id: mine\r\nTE: trailers\r\n\r\n",
    );
    expect(answer).toMatchObject({ status: 418, body: "I am a teapot" });
    expect(answer.headers.get("x-own")).toBe("1");
    expect(answer.headers.has("x-hop")).toBe(false);
    const [heard] = scripted.requests;
    expect(heard).toMatchObject({
      method: "DELETE",
      url: "/base/api/v1/%2e%2e?durability=os",
      headers: {
        host: new URL(scripted.url).host,
        authorization: "Bearer abc",
        "x-request-id": "mine",
        "boxerdb-forwarded-by": "n2",
      },
    });
    expect(heard?.headers).not.toHaveProperty("x-secret");
    expect(heard?.headers).not.toHaveProperty("te");
  });

  test("is busy when the client goes, it hears of that", async () => {
    await using waiting = await startScripted(() => {});
    await using node = await followerOf(waiting.url);
    const gone = new AbortController();
    const asked = fetch(`${node.url}/api/v1/k`, { ...put(1), signal: gone.signal });
    await eventually(async () => expect(waiting.requests).toHaveLength(1));
    gone.abort();
    await expect(asked).rejects.toThrow();
    const [heard] = waiting.requests;
    await eventually(async () => expect(heard?.socket.destroyed).toBe(true));
    expect(node.follower.logged).not.toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining("outcome_unknown") }),
    );
  });

  test("waits for a body that breaks off, it never gets an end of it", async () => {
    const ends: string[] = [];
    await using reading = await startScripted((incoming) => {
      incoming.resume();
      incoming.once("end", () => ends.push("end"));
      incoming.once("error", () => ends.push("broken"));
    });
    await using node = await followerOf(reading.url);
    const importing = requestHttp(`${node.url}/api/v2/app/_import`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
    });
    importing.on("error", () => {});
    importing.write('{"key":"k","value":1}\n');
    await eventually(async () => expect(reading.requests).toHaveLength(1));
    importing.destroy();
    await eventually(async () => expect(ends).toEqual(["broken"]));
  });
});

test("who may write is asked here, and by the leader again", async () => {
  await using files = await AccessFiles.create();
  const token = "secret-of-a-writer";
  const tokensFile = await files.writeTokens({ [token]: "write" });
  await using leader = await startTestServer({ tokensFile });
  await using follower = await startForwarding(leader, { tokensFile });
  const asked = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await fetch(`${follower.url}/api/v1/k`, put(1, headers))).status;
  };
  const toldLeader = () => leader.logged.filter(({ method }) => method === "PUT").length;
  expect([await asked(), await asked("Bearer wrong")]).toEqual([401, 401]);
  expect(toldLeader()).toBe(0);
  expect(await asked(`Bearer ${token}`)).toBe(200);
  expect(toldLeader()).toBe(1);
  // A follower that lets everybody in opens no way into the leader.
  await using open = await startForwarding(leader, { auth: "off" });
  expect((await fetch(`${open.url}/api/v1/k`, put(1))).status).toBe(401);
});

test("a leader with a certificate is asked by TLS, if it is trusted", async () => {
  const authority = await TestAuthority.create();
  await using files = await AccessFiles.create();
  const { cert, key } = await authority.issue();
  const tlsCa = await files.write("ca", authority.cert);
  await using leader = await startTestServer({
    tlsCert: await files.write("cert", cert),
    tlsKey: await files.write("key", key),
  });
  await using follower = await startForwarding(leader, { tlsCa });
  expect((await fetch(`${follower.url}/api/v1/k`, put(1))).status).toBe(200);

  await using liar = await startTestServer({ advertiseUrl: leader.url });
  await using distrusting = await startForwarding(liar);
  const refused = await fetch(`${distrusting.url}/api/v1/k`, put(2));
  expect(await codeOf(refused)).toEqual([503, "no_leader"]);
});
