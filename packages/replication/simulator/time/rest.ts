/** Nothing that is well takes so many turns of the event loop without waiting for anything. */
const turnsAtMost = 1_000_000;

/**
 * Resolves when all code has come to rest: no promise is about to go on, and nobody has asked for
 * another turn of the event loop. What is left then waits for virtual time.
 *
 * That holds as long as nothing under simulation waits for the real world: no sockets, files, threads or
 * timers of the machine. Microtasks and `setImmediate` are taken in the order in which they were asked
 * for, so that a run stays the same from one time to the next. Rejects where there is no end to it.
 */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < turnsAtMost; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!process.getActiveResourcesInfo().includes("Immediate")) return;
  }
  throw new Error(
    `assertion failed: code comes to rest within ${turnsAtMost} turns of the event loop`,
  );
}
