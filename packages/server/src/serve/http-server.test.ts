import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";

import { expect, test } from "vitest";

import { eventually } from "../../test/eventually.ts";
import { sendRaw } from "../../test/raw-socket.ts";

import { HttpServer, type HttpTimeouts } from "./http-server.ts";

const longMs = 60_000;

/** A server whose answers the test gives. */
async function start(timeouts?: HttpTimeouts) {
  const answers: (() => void)[] = [];
  const server = new HttpServer((_, outgoing) => {
    answers.push(() => outgoing.end("done"));
  }, timeouts);
  return { server, answers, port: await server.listen("127.0.0.1", 0) };
}

async function ask(port: number): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  return { socket, received: () => text };
}

test("what goes wrong with the port once it is listened on is told, and ends nothing", async () => {
  const { server, answers, port } = await start();
  const errors: Error[] = [];
  server.watchErrors((error) => errors.push(error));
  const accepted: Socket[] = [];
  server.watchConnections((socket) => accepted.push(socket));
  const first = await ask(port);
  await eventually(() => expect(answers).toHaveLength(1));
  // As Node.js tells of a connection that the system could not hand over.
  const inner: unknown = Reflect.get(accepted[0] ?? {}, "server");
  if (!(inner instanceof EventEmitter))
    throw new Error("Node.js names a socket's server otherwise");
  const error = new Error("accept ENOBUFS");
  inner.emit("error", error);
  expect(errors).toEqual([error]);
  answers[0]?.();
  await eventually(() => expect(first.received()).toContain("done"));
  first.socket.destroy();
  expect(await server.close(longMs)).toBe(true);
});

test("another listener can take over while the port is listened on", async () => {
  const { server, answers, port } = await start();
  const first = await ask(port);
  await eventually(() => expect(answers).toHaveLength(1));
  server.handOver((_, outgoing) => void outgoing.end("taken over"));
  answers[0]?.();
  await eventually(() => expect(first.received()).toContain("done"));
  first.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => expect(first.received()).toContain("taken over"));
  expect(await server.close(longMs)).toBe(true);
});

test("closing waits for answers, and for no connection that is idle", async () => {
  const { server, answers, port } = await start();
  const busy = await ask(port);
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  await eventually(() => expect(answers).toHaveLength(1));
  const closed = server.close(longMs);
  await once(idle, "close");
  answers[0]?.();
  expect(await closed).toBe(true);
  await eventually(() => expect(busy.received()).toContain("done"));
});

test("closing cuts off what takes longer than its grace", async () => {
  const { server, answers, port } = await start();
  const busy = await ask(port);
  await eventually(() => expect(answers).toHaveLength(1));
  const cut = once(busy.socket, "close");
  expect(await server.close(1)).toBe(false);
  await cut;
  expect(busy.received()).toBe("");
});

test("closing what does not listen is done at once", async () => {
  expect(await new HttpServer(() => {}).close(longMs)).toBe(true);
});

test("a client that does not finish its headers or its body is told, and cut off", async () => {
  const { server, port } = await start({
    headersTimeoutMs: 50,
    requestTimeoutMs: 100,
    checkIntervalMs: 20,
  });
  for (const text of [
    "GET / HTTP/1.1\r\nHost:",
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
  ]) {
    const answer = await sendRaw(port, text);
    expect(answer.status).toBe(408);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "request_timeout" });
  }
  await server.close(0);
});
