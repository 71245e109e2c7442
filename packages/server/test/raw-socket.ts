import { connect } from "node:net";

/** What a server sent back on one connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Sends bytes as they are to a server on this machine, and reads until it closes the connection.
 * Give `Connection: close`, where the server would keep it open.
 */
export async function sendRaw(
  port: number,
  ...parts: readonly (string | Uint8Array)[]
): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  // A server that refuses a body may reset the connection under the rest of it.
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("connect", resolve));
  for (const part of parts) {
    if (socket.destroyed || socket.write(part)) continue;
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  await closed;
  return parseAnswer(Buffer.concat(received).toString());
}

function parseAnswer(text: string): RawAnswer {
  const [head = "", ...body] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: new Map(headers),
    body: body.join("\r\n\r\n"),
  };
}
