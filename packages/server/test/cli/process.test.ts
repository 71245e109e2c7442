import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

import { expect, onTestFinished, test } from "vitest";

import { startProcess, type ServedProcess } from "../served-process.ts";

import { talkingTo } from "./boxerdb.ts";
import { endOf, startBoxerdb } from "./cli-process.ts";
import { problem, ScriptedServer } from "./scripted-server.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** A real server in a process of its own, which does not outlive the test. */
const startServer = async (dataDir: string, ...flags: string[]): Promise<ServedProcess> => {
  const server = await startProcess(dataDir, ...flags);
  onTestFinished(() => {
    server.process.kill("SIGKILL");
  });
  return server;
};

const portOf = ({ url }: ServedProcess): string => new URL(url).port;

/** `count` documents, each about 110 bytes long as a line. */
const linesOf = (count: number): string =>
  Array.from(
    { length: count },
    (_, number) => `${JSON.stringify({ key: `key ${number}`, value: "x".repeat(80) })}\n`,
  ).join("");

test("the program runs against a real server, and both end as they should", async () => {
  await using directory = await TemporaryDirectory.create();
  const server = await startServer(directory.join("data"));
  const environment = talkingTo(server);
  const put = await endOf(startBoxerdb(["put", "ada", '{"born": 1815}'], environment));
  expect(put).toMatchObject({ code: 0, err: "" });
  expect(await endOf(startBoxerdb(["get", "ada"], environment))).toEqual({
    code: 0,
    out: '{"born":1815}\n',
    err: "",
  });
  expect((await endOf(startBoxerdb(["get", "nobody"], environment))).code).toBe(3);
  server.process.kill("SIGTERM");
  expect(await server.exited).toBe(0);
});

test("a reader that stops reading ends a listing quietly", async () => {
  await using directory = await TemporaryDirectory.create();
  const server = await startServer(directory.join("data"));
  const environment = talkingTo(server);
  const importing = startBoxerdb(["import", "-"], environment);
  importing.stdin.end(linesOf(5_000));
  expect((await endOf(importing)).code).toBe(0);
  for (const args of [["list"], ["export"]]) {
    const listing = startBoxerdb(args, environment);
    const ended = endOf(listing);
    await once(listing.stdout, "data");
    listing.stdout.destroy();
    const { code, err } = await ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
  }
});

test("a port, a directory and a wrong directory that cannot be had are told", async () => {
  await using directory = await TemporaryDirectory.create();
  const server = await startServer(directory.join("data"));
  const other = ["--port", "0", "--peer-port", "0"];

  const samePort = ["--port", portOf(server), "--data-dir", directory.join("other")];
  const portInUse = await endOf(startBoxerdb(["serve", ...samePort]));
  expect(portInUse.code).toBe(7);
  expect(portInUse.err).toContain(`port ${portOf(server)} on 127.0.0.1 is in use`);

  const sameDirectory = ["serve", ...other, "--data-dir", directory.join("data")];
  const inUse = await endOf(startBoxerdb([...sameDirectory, "--log-level", "silent"]));
  expect(inUse.code).toBe(6);
  expect(inUse.err).toMatch(/^error: /);

  const file = ["serve", ...other, "--data-dir", import.meta.filename];
  const notADirectory = await endOf(startBoxerdb([...file, "--log-level", "silent"]));
  expect(notADirectory.code).toBe(6);
});

test("a peer port in use is told", async () => {
  await using directory = await TemporaryDirectory.create();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const flags = ["--port", "0", "--peer-port", port, "--data-dir", directory.join("data")];
  const { code, err } = await endOf(startBoxerdb(["serve", ...flags]));
  taken.close();
  expect(code).toBe(7);
  expect(err).toContain("--peer-port");
});

test("Ctrl-C stops an import after the part under way, and says how to go on", async () => {
  let lines = 0;
  await using server = await ScriptedServer.start(({ body }) => {
    lines += body.split("\n").length - 1;
    return { status: 200, body: { documents: lines, lines } };
  });
  const importing = startBoxerdb(["import", "-", "--url", server.url]);
  // More than a part, and then nothing: it waits for the rest when the signal comes.
  importing.stdin.write(linesOf(1_000));
  await expect.poll(() => lines, { timeout: 10_000 }).toBeGreaterThan(0);
  importing.kill("SIGINT");
  const { code, out, err } = await endOf(importing);
  expect({ code, out }).toEqual({ code: 130, out: "" });
  const shown = lines.toLocaleString("en-US");
  expect(err).toBe(
    `error: stopped as asked\nAcknowledged up to line ${shown} (${shown} documents in this run): ` +
      `continue with --from-line ${lines + 1}\n`,
  );
});

test("Ctrl-C stops an import that waits for its server", async () => {
  await using server = await ScriptedServer.start(() => problem(503, "no_leader", "no leader"));
  const importing = startBoxerdb(["import", "-", "--url", server.url]);
  importing.stdin.end(linesOf(1));
  await once(createInterface({ input: importing.stderr }), "line");
  importing.kill("SIGINT");
  expect((await endOf(importing)).code).toBe(130);
});

test("an import goes on over a kill -9 of the server, and loses nothing", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  const count = 20_000;
  const first = await startServer(data);
  const importing = startBoxerdb(["import", "-", "--url", first.url, "--json"]);
  const ended = endOf(importing);
  const lines = linesOf(count);
  // Half of it, so that the import is under way whenever the server dies.
  importing.stdin.write(lines.slice(0, lines.length / 2));
  const stored = async (): Promise<number> => {
    const listing = await endOf(startBoxerdb(["list", "--count", "--url", first.url]));
    return Number(listing.out);
  };
  await expect.poll(stored, { timeout: 30_000 }).toBeGreaterThan(2_000);
  first.process.kill("SIGKILL");
  await first.exited;
  importing.stdin.end(lines.slice(lines.length / 2));
  const second = await startServer(data, "--port", portOf(first));
  const { code, out } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ documents: count });
  expect((await endOf(startBoxerdb(["list", "--count", "--url", second.url]))).out).toBe(
    `${count}\n`,
  );
});

test("without a terminal there are no colours; FORCE_COLOR and NO_COLOR decide otherwise", async () => {
  const red = "\u001b[31m";
  const errorOf = async (environment: Record<string, string>): Promise<string> =>
    (await endOf(startBoxerdb(["gett"], environment))).err;
  expect(await errorOf({})).not.toContain(red);
  expect(await errorOf({ FORCE_COLOR: "1" })).toContain(red);
  expect(await errorOf({ NO_COLOR: "1" })).not.toContain(red);
});

test("where an error arose is shown only when asked for", async () => {
  const errorOf = async (environment: Record<string, string>): Promise<string> =>
    (await endOf(startBoxerdb(["get", "a", "--url", "http://127.0.0.1:1"], environment))).err;
  expect(await errorOf({})).not.toContain("    at ");
  expect(await errorOf({ BOXERDB_DEBUG: "1" })).toContain("    at ");
});
