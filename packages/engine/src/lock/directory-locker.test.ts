import { expect, it } from "vitest";

import { LockedError } from "../errors.ts";

import { processLocalLocker } from "./directory-locker.ts";

const never = (): never => expect.fail("the lock was compromised");

it("processLocalLocker refuses a second holder until the first releases", async () => {
  const acquire = processLocalLocker();
  const first = await acquire("data", never);
  await expect(acquire("/data/", never)).rejects.toThrow(LockedError);
  await acquire("data/other", never);
  await first.release();
  const second = await acquire("/data", never);
  await first.release();
  await expect(acquire("data", never)).rejects.toMatchObject({ code: "LOCKED" });
  await second.release();
});

it("processLocalLocker knows nothing of other lockers", async () => {
  await processLocalLocker()("data", never);
  await processLocalLocker()("data", never);
});
