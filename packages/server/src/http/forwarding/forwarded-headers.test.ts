import { expect, test } from "vitest";

import { answerHeaders, requestHeaders } from "./forwarded-headers.ts";

test("what a client says to the leader goes along, and what concerns its connection does not", () => {
  const given = {
    host: "follower.example",
    authorization: "Bearer secret",
    "idempotency-key": "once",
    "if-match": '"41"',
    "content-type": "application/json",
    "content-length": "11",
    connection: "keep-alive, X-Secret , content-length",
    "x-secret": "of this connection",
    "keep-alive": "timeout=5",
    "transfer-encoding": "chunked",
    te: "trailers",
    trailer: "x",
    upgrade: "h2c",
    "proxy-authorization": "Basic x",
    expect: "100-continue",
    origin: "https://app.example",
    "boxerdb-forwarded-by": "somebody",
    "x-request-id": "of the client",
  };
  expect(requestHeaders(Object.entries(given), { nodeId: "n2", requestId: "r1" })).toEqual({
    authorization: "Bearer secret",
    "idempotency-key": "once",
    "if-match": '"41"',
    "content-type": "application/json",
    "content-length": "11",
    "boxerdb-forwarded-by": "n2",
    "x-request-id": "r1",
  });
});

test("what the leader answers comes back, and what every node tells of itself does not", () => {
  const given = {
    etag: '"41"',
    "boxerdb-offset": "41",
    "idempotency-replayed": "true",
    "content-type": "application/json",
    "content-length": "13",
    connection: "close, x-own",
    "x-own": "1",
    "transfer-encoding": "chunked",
    date: "Mon, 23 Nov 2026 17:00:00 GMT",
    "x-request-id": "r1",
    "set-cookie": ["a", "b"],
  };
  expect(answerHeaders(given)).toEqual({
    etag: '"41"',
    "boxerdb-offset": "41",
    "idempotency-replayed": "true",
    "content-type": "application/json",
    "set-cookie": "a, b",
  });
});
