import { failureOf } from "../../simulator/simulation.ts";

import { FinalLogs } from "./final-logs.ts";
import { ScenarioCluster } from "./scenario-cluster.ts";
import { ScenarioWorld, type ScenarioOptions } from "./scenario-world.ts";

/** A history that is known, as a script. */
export interface Scenario {
  readonly title: string;
  /** What happened, where, and what it has to do with us. Lines of at most 100 characters. */
  readonly about: readonly string[];
  /** Where it is told. */
  readonly source: string;
  readonly cluster: Omit<ScenarioOptions, "rules" | "isChecked">;
  /** The logs in the end are too long to be shown, and have gaps. Default: they are shown. */
  readonly isCompacted?: boolean;
  /** What happens. What must come of it by the rules that ship is asserted after it. */
  readonly script: (cluster: ScenarioCluster) => Promise<void>;
}

/** What came of playing a scenario. */
export interface Played {
  readonly cluster: ScenarioCluster;
  /** As a person reads it. */
  readonly text: string;
  /** In the end: logs that differ, and acknowledged writes that are gone. */
  readonly problems: readonly string[];
}

/** What takes the place of what ships, to show that a scenario notices it. */
export type Naive = Pick<ScenarioOptions, "rules"> & Partial<Pick<ScenarioOptions, "isChecked">>;

/**
 * Plays a scenario, then mends all that is wrong, and looks at what is there. Rejects where an invariant
 * is violated on the way (InvariantError), or where what the script waits for does not come about.
 */
export async function play(scenario: Scenario, naive: Naive = {}): Promise<Played> {
  let played: Played | undefined;
  const failure = await failureOf(async (checkHandled) => {
    const options = { ...scenario.cluster, isChecked: true, ...naive };
    const world = new ScenarioWorld(options, checkHandled);
    const cluster = new ScenarioCluster(world);
    await scenario.script(cluster);
    await cluster.healAll();
    const logs = await FinalLogs.read(cluster);
    const { title, about, source } = scenario;
    const heading = [title, "=".repeat(title.length), "", ...about, "", `Source: ${source}`];
    const text = [
      ...heading,
      "",
      world.story.text(),
      "",
      scenario.isCompacted === true ? logs.summary : logs.text,
      "",
    ].join("\n");
    played = { cluster, text, problems: logs.problems };
  });
  if (failure !== undefined) throw failure;
  if (played === undefined) throw new Error("assertion failed: it was played");
  return played;
}
