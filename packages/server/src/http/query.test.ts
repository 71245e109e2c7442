import { describe, expect, test } from "vitest";
import { z } from "zod";

import { booleanParameter, parseQuery, refuseQuery, wholeParameter } from "./query.ts";

const schema = z.strictObject({
  prefix: z.string().optional(),
  reverse: booleanParameter.default(false),
  limit: wholeParameter(0, 1000).default(100),
});
const parse = (query: string | undefined) => parseQuery(query, schema);

describe("a query", () => {
  test.each([
    [undefined, { reverse: false, limit: 100 }],
    ["", { reverse: false, limit: 100 }],
    ["&&", { reverse: false, limit: 100 }],
    ["prefix=a%2Fb+c", { prefix: "a/b c", reverse: false, limit: 100 }],
    ["prefix=", { prefix: "", reverse: false, limit: 100 }],
    ["prefix=a=b", { prefix: "a=b", reverse: false, limit: 100 }],
    ["%70refix=a", { prefix: "a", reverse: false, limit: 100 }],
    ["reverse", { reverse: true, limit: 100 }],
    ["reverse=true&limit=0", { reverse: true, limit: 0 }],
    ["reverse=0", { reverse: false, limit: 100 }],
  ])("%o is read", (query, parameters) => {
    expect(parse(query)).toEqual(parameters);
  });

  test.each([
    ["limit=x", '"limit" must be a whole number from 0 to 1000'],
    ["limit=1001", '"limit" must be a whole number from 0 to 1000'],
    ["limit=-1", '"limit" must be a whole number from 0 to 1000'],
    ["limit=", '"limit" must be a whole number from 0 to 1000'],
    ["limit=1.5", '"limit" must be a whole number from 0 to 1000'],
    ["reverse=yes", '"reverse" must be true or false'],
    ["limit=1&limit=2", '"limit" is given twice'],
    ["colour=red", '"colour" is not a query parameter that is known here'],
    ["__proto__=1", '"__proto__" is not a query parameter that is known here'],
    ["prefix=%zz", /not well percent-encoded/],
    ["prefix=%ff", /not well percent-encoded/],
  ])("%o is refused", (query, message) => {
    expect(() => parse(query)).toThrow(message);
  });

  test("is refused where none is taken", () => {
    refuseQuery(undefined);
    refuseQuery("");
    expect(() => refuseQuery("ttl=1")).toThrow('"ttl" is not a query parameter that is known here');
  });
});
