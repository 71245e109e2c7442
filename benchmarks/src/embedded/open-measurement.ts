/** Opens a store that was closed, in a new process, and reads from it. Sizes: none. */
import { documentKey, type UserDocument } from "../document.ts";
import { memoryUse } from "../measuring/process-cost.ts";
import { openerOf } from "../subjects/subject-registry.ts";
import type { Measurement } from "../workers/task.ts";

/** Until the first document has been read, as some stores put off what opening needs. */
export const measureOpen: Measurement = async ({ subject: name, directory }) => {
  const opener = openerOf(name);
  const memoryBefore = memoryUse();
  const start = performance.now();
  const subject = await opener<UserDocument>(directory, { durable: true });
  const first = subject.get(documentKey(0));
  const openMs = performance.now() - start;
  if (first?.id !== 0) throw new Error("the first document is gone");
  const memoryAfter = memoryUse();
  await subject.close();
  return { openMs, openedMemoryBytes: memoryAfter.residentBytes - memoryBefore.residentBytes };
};
