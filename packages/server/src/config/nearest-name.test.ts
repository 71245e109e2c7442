import { expect, test } from "vitest";

import { nearestName } from "./nearest-name.ts";

const names = ["port", "peerPort", "dataDir", "writeQuorum"];

test.each([
  ["prot", "port"],
  ["PORT", "port"],
  ["peerport", "peerPort"],
  ["data-dir", "dataDir"],
  ["quorum", undefined],
  ["colour", undefined],
])("%s was meant as %s", (name, meant) => {
  expect(nearestName(name, names)).toBe(meant);
});

test("among no names none is nearest", () => {
  expect(nearestName("port", [])).toBeUndefined();
});
