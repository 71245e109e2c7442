import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await run(["put", "apple", "1", "--database", "shop"]);
});

const run = (args: readonly string[], typed?: string): Promise<Ended> =>
  boxerdb(args, {
    environment: talkingTo(server),
    ...(typed === undefined ? {} : { columns: 80, stdin: typed }),
  });

test("a database is dropped when a person agrees", async () => {
  const declined = await run(["drop", "shop"], "n\n");
  expect(declined.code).toBe(1);
  expect(declined.err).toContain("drop database shop with 1 document in 1 collection?");
  expect((await run(["get", "apple", "--database", "shop"])).code).toBe(0);
  const dropped = await run(["drop", "shop"], "y\n");
  expect(dropped).toMatchObject({
    code: 0,
    out: "dropped database shop: 1 document in 1 collection\n",
  });
  expect((await run(["get", "apple", "--database", "shop"])).code).toBe(3);
});

test("a script says --yes", async () => {
  expect((await run(["drop", "shop"])).code).toBe(2);
  const { code, out } = await run(["drop", "shop", "--yes", "--json"]);
  expect({ code, told: JSON.parse(out) }).toEqual({ code: 0, told: { dropped: "shop", keys: 1 } });
  expect((await run(["drop", "shop", "--yes"])).code).toBe(3);
});
