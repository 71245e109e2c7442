import { expect, test } from "vitest";

import { SimulatedTime } from "./time/simulated-time.ts";
import { Transcript, type Keeping, type TranscriptReport } from "./transcript.ts";

async function write(keeping: Keeping, lines = 7): Promise<TranscriptReport> {
  const time = new SimulatedTime();
  const transcript = new Transcript(time, keeping);
  for (let line = 0; line < lines; line += 1) {
    time.after(line * 1_000.5, () => transcript.note(`n${line}`, `event ${line}`));
  }
  await time.run(100_000);
  return transcript.report;
}

test("lines are aligned: time, who, what", async () => {
  expect((await write("all", 2)).lines).toEqual([
    "       0.000  n0        event 0",
    "    1000.500  n1        event 1",
  ]);
});

test("the last lines are kept, or none, and the fingerprint is of all", async () => {
  const all = await write("all");
  const last = await write({ last: 3 });
  const none = await write("nothing");
  expect(last.lines).toEqual(all.lines.slice(-3));
  expect(none.lines).toEqual([]);
  expect((await write({ last: 0 })).lines).toEqual([]);
  expect([last.fingerprint, none.fingerprint]).toEqual([all.fingerprint, all.fingerprint]);
  expect(none.count).toBe(7);
  expect((await write("all", 6)).fingerprint).not.toBe(all.fingerprint);
});
