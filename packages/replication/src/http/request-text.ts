import type { IncomingMessage } from "node:http";

/**
 * The text of a request, or undefined where it has more than `bytesAtMost`, of which the rest is not
 * waited for. What comes of a request that breaks off is as short as it was. Read from Node's own stream:
 * a Web one around it costs several times what a pull takes besides.
 */
export function requestText(
  incoming: IncomingMessage,
  bytesAtMost: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (text: string | undefined): void => {
      incoming.off("data", take).off("end", end).off("error", end).off("close", end);
      resolve(text);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > bytesAtMost) finish(undefined);
    };
    const end = (): void => finish(Buffer.concat(chunks, bytes).toString());
    if (Number(incoming.headers["content-length"] ?? 0) > bytesAtMost) {
      resolve(undefined);
      return;
    }
    incoming.on("data", take).once("end", end).once("error", end).once("close", end);
  });
}
