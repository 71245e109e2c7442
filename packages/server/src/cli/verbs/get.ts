import type { Storable } from "@boxerdb/engine";
import { z } from "zod";

import type { Client } from "../client/client.ts";
import { ServerError } from "../client/errors.ts";
import type { Place } from "../client/wishes.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import type { Output } from "../output.ts";
import { shownBytes, wholeValue } from "../shown-text.ts";
import type { Verb } from "../verb.ts";

const input = z.object({ key: z.string(), ...connectionInput, ...placeInput });

/** `boxerdb get <key>`: one value. */
export const getVerb: Verb<z.infer<typeof input>> = {
  name: "get",
  summary: "print the value of a key",
  description:
    "Prints the value of a key: indented on a terminal, on one line into a pipe or a file. Bytes go\n" +
    "into a pipe or a file as they are.\n" +
    "With --json: the key, its value, or its bytes as base64, and its offset.",
  examples: [
    { does: "a value", line: "boxerdb get ada" },
    {
      does: "of a collection of another database",
      line: "boxerdb get ada --database app --collection users",
    },
    { does: "a key that begins with a dash", line: "boxerdb get -- -key" },
  ],
  exitCodes: ["notFound", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(declarePlace(command.argument("<key>", "the key, as it is: no encoding"))),
  async run({ key, server, json, ...place }, terminal) {
    await using client = connect(server, terminal.environment);
    const { value, offset } = await getFrom(client, place, key);
    await print(terminal.stdout, { key, value, offset }, json);
    return undefined;
  },
};

/** Where there is no such key, as there is no such database, that is what is missing. */
async function getFrom(client: Client, place: Place, key: string) {
  try {
    return await client.get(place, key);
  } catch (error) {
    if (error instanceof ServerError && error.code === "not_found") {
      await client.database(place.database);
    }
    throw error;
  }
}

async function print(
  output: Output,
  {
    key,
    value,
    offset,
  }: { readonly key: string; readonly value: Storable; readonly offset: number },
  json: boolean,
): Promise<void> {
  if (!(value instanceof Uint8Array)) {
    await output.line(json ? JSON.stringify({ key, value, offset }) : wholeValue(value, output));
  } else if (json) {
    await output.line(
      JSON.stringify({ key, base64: Buffer.from(value).toString("base64"), offset }),
    );
  } else if (output.isTerminal) {
    await output.line(shownBytes(value.byteLength));
  } else {
    await output.write(value);
  }
}
