import { expect, test } from "vitest";

import { rawRequest } from "./http-request.ts";

test("a request without a body", () => {
  expect(rawRequest({ method: "GET", path: "/a" }, "h:1")).toBe(
    "GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n",
  );
});

test("the length of a body counts bytes", () => {
  expect(rawRequest({ method: "PUT", path: "/a", body: '"é"' }, "h:1")).toBe(
    'PUT /a HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"é"',
  );
});
