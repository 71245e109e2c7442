/** Imports and exports over one connection each, as fast as the server takes and gives. */
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** Sends lines; resolves when the server has answered that all are stored. */
export async function importLines(
  url: string,
  chunks: Iterable<Buffer>,
  id: string,
): Promise<void> {
  const headers = { "content-type": "application/x-ndjson", "idempotency-key": id };
  const outgoing = request(`${url}/_import`, { method: "POST", headers });
  const answered = answerTo(outgoing);
  await pipeline(Readable.from(chunks, { highWaterMark: 4 }), outgoing);
  const answer = await answered;
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`the import was refused: ${body}`);
}

/** Reads an export to its end; resolves to how many lines and bytes it had. */
export async function readExport(url: string): Promise<{ lines: number; bytes: number }> {
  const outgoing = request(`${url}/_export`);
  outgoing.end();
  const answer = await answerTo(outgoing);
  let lines = 0;
  let bytes = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) throw new Error("assertion failed: the answer is not decoded");
    bytes += chunk.length;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines++;
  }
  return { lines, bytes };
}

async function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [answer]: IncomingMessage[] = await once(outgoing, "response");
  if (answer === undefined) throw new Error("assertion failed: a response comes with its event");
  return answer;
}
