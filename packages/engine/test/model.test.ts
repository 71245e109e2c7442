/**
 * Random steps on a store and on a model of it, which must agree after each: at every moment the
 * database shows what the records below its high watermark leave, and no crash makes it forget what
 * it has acknowledged, have a batch in part, or use an offset again.
 *
 * BOXERDB_MODEL_RUNS sets how many runs there are; a run that fails prints its seed and its steps.
 */
import * as fc from "fast-check";
import { test } from "vitest";

import { step } from "./model-steps.ts";
import { Simulation } from "./simulation.ts";

const numRuns = Number(process.env["BOXERDB_MODEL_RUNS"] ?? 2_000);

// Ends a run that hangs; a hundred thousand take their time.
const timeout = 300_000 + numRuns * 100;

test(
  "a store does what its model does, in all that it does and at any crash",
  { timeout },
  async () => {
    const options = fc.record({
      durability: fc.constantFrom("disk" as const, "os" as const),
      compaction: fc.constantFrom("manual" as const, "background" as const),
      checkpoint: fc.constantFrom("manual" as const, "background" as const),
    });
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(fc.nat({ max: 3 }), { maxLength: 20 }),
        fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
        async (options, turns, steps) => {
          const simulation = await Simulation.start(options, turns);
          for (const step of steps) await simulation.take(step);
          await simulation.end();
        },
      ),
      { numRuns },
    );
  },
);
