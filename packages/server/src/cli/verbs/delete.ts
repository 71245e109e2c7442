import { z } from "zod";

import { Client } from "../client/client.ts";
import {
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
  serverUrl,
} from "../connection-options.ts";
import type { Verb } from "../verb.ts";

const input = z.object({ key: z.string(), ...connectionInput, ...placeInput });

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
  ],
  exitCodes: ["notFound", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(declarePlace(command.argument("<key>", "the key, as it is: no encoding"))),
  async run({ key, url, json, ...place }, terminal) {
    await using client = new Client(serverUrl(url, terminal.environment));
    const offset = await client.delete(place, key);
    await terminal.stdout.line(
      json ? JSON.stringify({ key, offset }) : `deleted at offset ${offset}`,
    );
    return undefined;
  },
};
