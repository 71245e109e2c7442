/**
 * Resolves when all code has come to rest: no promise is about to go on, and nobody has asked for
 * another turn of the event loop. What is left then waits for virtual time.
 *
 * That holds as long as nothing under simulation waits for the real world: no sockets, files, threads or
 * timers of the machine. Microtasks and `setImmediate` are taken in the order in which they were asked
 * for, so that a run stays the same from one time to the next.
 */
export async function rest(): Promise<void> {
  do {
    await new Promise((resolve) => setImmediate(resolve));
  } while (process.getActiveResourcesInfo().includes("Immediate"));
}
