import { epoch } from "@boxerdb/engine";
import { expect, test } from "vitest";

import {
  revision,
  type CompareAndSetResult,
  type VersionedState,
} from "../configuration/configuration-manager.ts";
import { successionOf } from "../core/election.ts";

import { Agreement } from "./agreement.ts";

const [self, other] = [
  { nodeId: "n1", directoryId: "d1" },
  { nodeId: "n2", directoryId: "d2" },
];
const elected: VersionedState = {
  revision: revision(7),
  state: { id: "id", epoch: epoch(3), leader: self, inSync: [self, other] },
};

const agreementWith = (compareAndSet: () => Promise<CompareAndSetResult>): Agreement =>
  new Agreement(elected, compareAndSet);
const lost = (): Promise<never> => Promise.reject(new Error("no answer"));

test("who may lead instead is in doubt from the question on until something newer is known", async () => {
  const agreement = agreementWith(lost);
  const asked = agreement.change(revision(7), successionOf(other, elected.state));
  expect(agreement.mayBeSucceeded).toBe(true);
  await expect(asked).rejects.toThrow("no answer");
  expect(agreement.mayBeSucceeded).toBe(true);
  agreement.note(elected);
  expect(agreement.mayBeSucceeded).toBe(true);
  agreement.note({ ...elected, revision: revision(8) });
  expect(agreement.mayBeSucceeded).toBe(false);
});

test("a change of who is in sync leaves no doubt about who leads", async () => {
  const agreement = agreementWith(lost);
  await expect(
    agreement.change(revision(7), { ...elected.state, inSync: [self] }),
  ).rejects.toThrow();
  expect(agreement.mayBeSucceeded).toBe(false);
});
