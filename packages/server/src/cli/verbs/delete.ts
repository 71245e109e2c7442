import { z } from "zod";

import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { wholeNumber } from "../option-values.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  key: z.string(),
  ifOffset: z.number().optional(),
  ...connectionInput,
  ...placeInput,
});

/** `boxerdb delete <key>`: removes one key. */
export const deleteVerb: Verb<z.infer<typeof input>> = {
  name: "delete",
  summary: "delete a key",
  description: "Deletes a key and its value. Prints the offset of the deletion.",
  examples: [
    { does: "one key", line: "boxerdb delete ada" },
    {
      does: "in a script: a key that is not there is no failure",
      line: "boxerdb delete ada || [ $? -eq 3 ]",
    },
    {
      does: "only if nobody changed it since it was read at offset 41",
      line: "boxerdb delete ada --if-offset 41",
    },
  ],
  exitCodes: ["notFound", "conflict", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .argument("<key>", "the key, as it is: no encoding")
          .option(
            "--if-offset <offset>",
            "only if the key's value is the one written at this offset",
            wholeNumber(0),
          ),
      ),
    ),
  async run({ key, ifOffset, server, json, ...place }, terminal) {
    const condition = ifOffset === undefined ? undefined : { ifOffset };
    await using client = connect(server, terminal.environment);
    const offset = await client.delete(place, key, condition);
    await terminal.stdout.line(
      json ? JSON.stringify({ key, offset }) : `deleted at offset ${offset}`,
    );
    return undefined;
  },
};
