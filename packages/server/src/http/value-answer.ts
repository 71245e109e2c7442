import { encodeMsgpack, type Entry } from "@boxerdb/engine";
import Negotiator from "negotiator";

import type { Answer } from "./exchange/answer.ts";
import { msgpackTypes, octetStream } from "./media-type.ts";
import { ProblemError } from "./problem.ts";
import { valueMembers } from "./value-members.ts";

const jsonType = "application/json";

// In the order in which they are preferred here, where the client has no preference.
const typesOfJson: readonly string[] = [jsonType, ...msgpackTypes];
const typesOfBytes: readonly string[] = [octetStream, ...msgpackTypes, jsonType];

/**
 * Answers what a key holds, in the form that the client prefers of those there are: a JSON value as
 * `{"value": …}` or as msgpack; bytes as they are, as msgpack, or as `{"base64": …}`.
 *
 * @param accept the header; without it, JSON values come as JSON and bytes as bytes
 * @throws ProblemError (not_acceptable) where the client takes none of them.
 */
export function valueAnswer(
  { value, expires }: Entry,
  accept: string | undefined,
  headers: Record<string, string>,
): Answer {
  const isBytes = value instanceof Uint8Array;
  const type = chosenType(isBytes ? typesOfBytes : typesOfJson, accept);
  headers["content-type"] = type;
  headers["vary"] = "accept";
  if (expires !== null) headers["boxerdb-expires"] = String(expires);
  return { status: 200, headers, body: bodyOf(value, type) };
}

function chosenType(types: readonly string[], accept: string | undefined): string {
  const [preferred = jsonType] = types;
  if (accept === undefined || accept === "*/*" || accept === preferred) return preferred;
  const chosen = new Negotiator({ headers: { accept } }).mediaType([...types]);
  if (chosen !== undefined) return chosen;
  throw new ProblemError({
    code: "not_acceptable",
    message: `the value does not come in a form that "${accept}" allows: accept ${types.join(" or ")}`,
    members: { available: types },
    headers: { vary: "accept" },
  });
}

function bodyOf(value: Entry["value"], type: string): string | Uint8Array {
  if (type === octetStream && value instanceof Uint8Array) return value;
  if (type !== jsonType) return encodeMsgpack(value);
  return JSON.stringify(valueMembers(value));
}
