import { expect, test } from "vitest";

import { connectionShares, openFilesLimit } from "./open-files.ts";

test("the limit of this process is known", () => {
  expect(openFilesLimit() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(0);
});

test.each([
  [20_000, undefined, { clients: 20_000, peers: 2_000 }],
  [20_000, 1_048_576, { clients: 20_000, peers: 2_000 }],
  [20_000, 1_024, { clients: 720, peers: 120 }],
  [100, 1_024, { clients: 100, peers: 120 }],
  [20_000, 4, { clients: 1, peers: 1 }],
])("of %d connections, with %s open files", (maxConnections, limit, shares) => {
  expect(connectionShares(maxConnections, limit)).toEqual(shares);
});
