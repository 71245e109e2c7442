import { expect, test } from "vitest";

import { LostReplicas } from "./lost-replicas.ts";

const replica = { nodeId: "n1", directoryId: "s1/a" };

test("a replica is lost alone, or with its data directory", () => {
  const lost = new LostReplicas();
  expect(lost.has(replica)).toBe(false);
  lost.lose(replica);
  expect(lost.has(replica)).toBe(true);
  expect(lost.has({ ...replica, directoryId: "s1/b" })).toBe(false);
  lost.giveBack(replica);
  expect(lost.has(replica)).toBe(false);
  lost.loseStore("s1");
  expect(lost.has(replica)).toBe(true);
  expect(lost.has({ ...replica, directoryId: "s2/a" })).toBe(false);
});
