/** How a node that is about to stop leaves what it leads to others, so that nobody waits for its lease to end. */
import { chooseHeir } from "./core/heir-choice.ts";
import type { DatabaseReplica } from "./database-replica.ts";
import { HandoverError } from "./errors.ts";
import type { HeirChoice } from "./leader/handover.ts";
import type { NodeContext } from "./node-context.ts";

/**
 * Hands over all databases that this node leads, at the same time. Resolves when each is led by another node, or
 * cannot be, or the time for it is over. `replicas`: those that it keeps, whenever it is asked.
 */
export async function retire(
  context: NodeContext,
  replicas: () => readonly DatabaseReplica[],
): Promise<void> {
  const { settings, clock, log } = context;
  const endMs = clock.monotonicMs() + settings.retirementMs;
  const over = Promise.withResolvers<void>();
  const timer = clock.after(settings.retirementMs, over.resolve);
  const reasons = new Map<DatabaseReplica, unknown>();
  const handovers = replicas().map(async (replica, turn) => {
    const why = await leave(replica, turn, context, endMs);
    if (why !== undefined) reasons.set(replica, why);
  });
  await Promise.race([Promise.all(handovers), over.promise]);
  timer.cancel();
  for (const replica of replicas()) {
    if (replica.leader === undefined) continue;
    log.warn(
      { database: replica.name, err: reasons.get(replica) },
      "stopping while it leads a database: nobody leads that until another node is elected",
    );
  }
}

/** Has another node lead one database. Resolves to why none does; undefined where this node does not lead it. */
async function leave(
  replica: DatabaseReplica,
  turn: number,
  { clock, log, lease, observer, settings }: NodeContext,
  endMs: number,
): Promise<unknown> {
  const choice: HeirChoice = (inSync) =>
    chooseHeir({ inSync, present: observer.view?.nodes ?? new Set(), turn });
  const { name: database } = replica;
  let why: unknown;
  // It may just have been elected, and is about to lead.
  if (replica.leader === undefined) await replica.settled();
  while (replica.leader !== undefined && clock.monotonicMs() < endMs) {
    try {
      await replica.handOver(choice, endMs - clock.monotonicMs());
      log.info({ database }, "handed over to another node before the stop");
      return undefined;
    } catch (error) {
      why = error;
      // Without a lease, the others have elected one of themselves by the time that this is through.
      if (error instanceof HandoverError || !lease.isValid(clock.monotonicMs())) return why;
    }
    // Another handover may be under way, or the configuration manager has not answered.
    await new Promise<void>((resolve) => clock.after(settings.retryPauseMs, resolve));
  }
  return why;
}
