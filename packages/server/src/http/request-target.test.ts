import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ProblemError } from "./problem.ts";
import { decodeQueryPart, decodeSegment, requestTarget } from "./request-target.ts";

describe("the target of a request", () => {
  const any = new Request("http://localhost/elsewhere");

  test.each([
    ["/api/v1/a", { path: "/api/v1/a", query: undefined }],
    ["/api/v1/a?b=c?d", { path: "/api/v1/a", query: "b=c?d" }],
    ["/api/v1/..", { path: "/api/v1/..", query: undefined }],
    ["/api/v1/%2E%2e?", { path: "/api/v1/%2E%2e", query: "" }],
    ["http://example.com/api/v1/a?b", { path: "/api/v1/a", query: "b" }],
    ["http://example.com", { path: "/", query: undefined }],
    ["/a#b?c", { path: "/a", query: undefined }],
    ["/a?b#c", { path: "/a", query: "b" }],
    ["*", { path: "/", query: undefined }],
  ])("%s as it came", (url, target) => {
    expect(requestTarget(any, { incoming: { url } })).toEqual(target);
  });

  test("without a socket it is that of the Request's URL", () => {
    const target = { path: "/elsewhere", query: undefined };
    expect(requestTarget(any, undefined)).toEqual(target);
    expect(requestTarget(any, {})).toEqual(target);
  });
});

describe("a segment", () => {
  test.each([
    ["a", "a"],
    ["a+b", "a+b"],
    ["a%2Bb", "a+b"],
    ["a%2Fb", "a/b"],
    ["a%2fb", "a/b"],
    ["a%20b", "a b"],
    ["100%25", "100%"],
    ["%2E%2E", ".."],
    ["%F0%9F%A5%8A", "🥊"],
    ["%00", "\u0000"],
  ])("%s is the key %j", (segment, key) => {
    expect(decodeSegment(segment)).toBe(key);
  });

  test.each(["%", "%2", "%zz", "a%b", "%FF", "%C3", "%C3%28", "%ED%A0%80", "%C0%AF"])(
    "%j is refused",
    (segment) => {
      expect(() => decodeSegment(segment)).toThrow(ProblemError);
    },
  );

  test("every key comes back from its percent-encoding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (key) => {
        expect(decodeSegment(encodeURIComponent(key))).toBe(key);
      }),
    );
  });
});

test("a plus sign in a query is a space", () => {
  expect(decodeQueryPart("a+b%2Bc")).toBe("a b+c");
});
