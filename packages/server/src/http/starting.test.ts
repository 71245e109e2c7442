import { expect, test } from "vitest";

import { startingAnswer } from "./starting.ts";

test("a node that is starting is alive, and not ready", () => {
  expect(startingAnswer({ url: "/livez", headers: {} })).toMatchObject({ status: 200 });
  expect(startingAnswer({ url: "/api/v1/k", headers: { accept: "*/*" } })).toMatchObject({
    status: 503,
    headers: { "retry-after": "1" },
    body: expect.stringContaining('"code":"starting"'),
  });
});

test("clients of events would give up on a 503: they are told to come back", () => {
  const url = "/api/v2/default/_changes";
  expect(startingAnswer({ url, headers: { accept: "text/event-stream" } })).toMatchObject({
    status: 200,
    headers: { "content-type": "text/event-stream" },
    body: "retry: 1000\n\n",
  });
});
