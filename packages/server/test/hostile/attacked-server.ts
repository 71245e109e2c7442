import { expect } from "vitest";

import { sendRaw, type RawAnswer } from "../raw-socket.ts";
import { startTestServer, type TestServer } from "../test-server.ts";

/** A server that holds some documents, which no attack may change. */
export interface AttackedServer extends AsyncDisposable {
  readonly running: TestServer;
  readonly port: number;
  /** Sends bytes as they are, and reads until the connection ends. */
  send(...parts: readonly (string | Uint8Array)[]): Promise<RawAnswer>;
  /**
   * What it stores is what it stored at the start, it serves others, and it logged no error. For
   * attacks that must not change anything.
   */
  expectUnharmed(): Promise<void>;
  /** It serves others and logged no error. For attacks that may write. */
  expectServing(): Promise<void>;
}

/** Starts one, as the command line would with these flags. */
export async function startAttackedServer(
  flags: Readonly<Record<string, string>> = {},
): Promise<AttackedServer> {
  await using started = new AsyncDisposableStack();
  const running = started.use(await startTestServer(flags));
  const { port } = running;
  for (const key of ["ada", "__proto__", "é/🥊", "k"]) {
    const body = JSON.stringify({ value: { key } });
    await sendRaw(port, putRequest(`/api/v1/${encodeURIComponent(key)}`, body));
    await sendRaw(port, putRequest(`/api/v2/shop/stock/${encodeURIComponent(key)}`, body));
  }
  const before = await storedText(running);
  const expectServing = async (): Promise<void> => {
    const answer = await sendRaw(port, requestHead("GET /api/v1/ada", "Connection: close"));
    expect(answer).toMatchObject({ status: 200, body: '{"value":{"key":"ada"}}' });
    expect(running.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  };
  const expectUnharmed = async (): Promise<void> => {
    expect(await storedText(running)).toBe(before);
    await expectServing();
  };
  const rest = started.move();
  return {
    running,
    port,
    send: (...parts) => sendRaw(port, ...parts),
    expectUnharmed,
    expectServing,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** All that is stored, with the offset of each document and of the logs' ends, as text. */
async function storedText({ url }: TestServer): Promise<string> {
  const texts: string[] = [];
  for (const path of [
    "/api/v2",
    "/api/v1",
    "/api/v2/shop/stock",
    "/api/v2/default/_changes",
    "/api/v2/shop/_changes",
  ]) {
    const response = await fetch(url + path);
    expect(response.status, path).toBe(200);
    // The size on disk also tells how far the commits were noted, which comes a little later.
    texts.push((await response.text()).replaceAll(/"bytes":\d+/g, ""));
  }
  return texts.join("\n");
}

/** The head of a request, with the blank line that ends it. */
export const requestHead = (line: string, ...headers: readonly string[]): string =>
  [`${line} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");

/** A whole request that puts JSON, after which the server closes the connection. */
export const putRequest = (path: string, body: string | Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(
      requestHead(
        `PUT ${path}`,
        "Connection: close",
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
      ),
    ),
    Buffer.from(body),
  ]);

/** The `code` of an answer that is a problem. */
export function codeOf({ headers, body }: RawAnswer): unknown {
  expect(headers.get("content-type")).toBe("application/problem+json");
  const problem: unknown = JSON.parse(body);
  return typeof problem === "object" && problem !== null && "code" in problem
    ? problem.code
    : undefined;
}
