import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

import { expect, test } from "vitest";

import { eventually } from "../../test/eventually.ts";
import { UnhurriedBodies } from "../http/unhurried-bodies.ts";

import { BodyDeadlines } from "./body-deadlines.ts";

/** A request of which the headers and the first byte have come, and a clock that is set by hand. */
async function arriving() {
  await using started = new AsyncDisposableStack();
  let nowMs = 0;
  const late: Socket[] = [];
  const unhurried = new UnhurriedBodies();
  const deadlines = new BodyDeadlines({
    timeoutMs: 100,
    unhurried,
    monotonicMs: () => nowMs,
    onLate: (socket) => late.push(socket),
  });
  const server = createServer();
  started.use(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const socket = connect(typeof address === "object" ? (address?.port ?? 0) : 0, "127.0.0.1");
  started.defer(() => void socket.destroy());
  const requested = once(server, "request");
  socket.write("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx");
  const [incoming]: IncomingMessage[] = await requested;
  if (incoming === undefined) throw new Error("there is no request");
  deadlines.watch(incoming);
  const checkAt = (ms: number): void => {
    nowMs = ms;
    deadlines.check();
  };
  checkAt(0);
  /** Sends more, which the server reads unless it is held back. */
  const send = async (bytes: number): Promise<void> => {
    const before = incoming.socket.bytesRead;
    socket.write("x".repeat(bytes));
    await eventually(() => expect(incoming.socket.bytesRead).toBeGreaterThan(before));
  };
  const rest = started.move();
  const dispose = (): Promise<void> => rest.disposeAsync();
  return { incoming, unhurried, late, checkAt, send, [Symbol.asyncDispose]: dispose };
}

test("a whole request has its time, also where it comes on", async () => {
  await using request = await arriving();
  request.incoming.resume();
  request.checkAt(99);
  await request.send(1);
  expect(request.late).toEqual([]);
  request.checkAt(100);
  expect(request.late).toEqual([request.incoming.socket]);
  request.checkAt(1_000);
  expect(request.late).toHaveLength(1);
});

test("an unhurried body is late when nothing of it has come for that time", async () => {
  await using request = await arriving();
  const signal = request.unhurried.admit(request.incoming);
  request.incoming.resume();
  await eventually(() => expect(request.incoming.readableLength).toBe(0));
  request.checkAt(1);
  for (let ms = 90; ms < 1_000; ms += 90) {
    await request.send(1);
    request.checkAt(ms);
  }
  request.checkAt(1_089);
  expect(signal.aborted).toBe(false);
  request.checkAt(1_090);
  expect(signal.reason).toMatchObject({ problem: { code: "request_timeout" } });
  expect(request.late).toEqual([]);
});

test("a client is not blamed for what the server does not take", async () => {
  await using request = await arriving();
  const signal = request.unhurried.admit(request.incoming);
  await eventually(() => expect(request.incoming.readableLength).toBe(1));
  request.checkAt(100);
  request.checkAt(200);
  expect(signal.aborted).toBe(false);
});

test("what has arrived is not late, however long its answer takes", async () => {
  await using request = await arriving();
  request.incoming.resume();
  await request.send(99_999);
  await eventually(() => expect(request.incoming.complete).toBe(true));
  request.checkAt(1_000);
  expect(request.late).toEqual([]);
});
