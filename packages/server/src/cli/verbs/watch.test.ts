import { afterEach, beforeEach, expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { MemoryTerminal } from "../../../test/cli/memory-terminal.ts";
import { problem, ScriptedServer } from "../../../test/cli/scripted-server.ts";
import { eventually } from "../../../test/eventually.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";
import { run } from "../program.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const does = async (...args: string[]): Promise<void> => {
  expect((await boxerdb(args, { environment: talkingTo(server) })).code).toBe(0);
};

/** Starts to watch. `seen` is done when that many lines were printed; `end` presses Ctrl-C. */
const watch = (args: readonly string[], columns?: number) => {
  const environment = talkingTo(server);
  const terminal = new MemoryTerminal({
    environment,
    ...(columns === undefined ? {} : { columns }),
  });
  const code = run(["watch", ...args], terminal);
  return {
    terminal,
    seen: (lines: number) =>
      eventually(() => expect(terminal.out.split("\n").length - 1).toBeGreaterThanOrEqual(lines)),
    end: async () => {
      terminal.interrupt();
      return { code: await code, out: terminal.out, err: terminal.err };
    },
  };
};

test("changes are printed as they come, and Ctrl-C is the end that is meant", async () => {
  await does("put", "a", "1");
  const watching = watch(["--from", "0"]);
  await watching.seen(1);
  await does("put", "b", '{"n": 2}', "--collection", "other");
  await does("delete", "a");
  await watching.seen(3);
  const { code, out, err } = await watching.end();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.replace(/ +/g, " ")).toBe(
    '1 put default a 1\n2 put other b {"n":2}\n3 delete default a\n',
  );
});

test("only those of a collection and a prefix, as JSON", async () => {
  for (const key of ["a/1", "b", "a/2"]) {
    await does("put", key, "1", "--collection", "c", "--database", "app");
    await does("put", key, "1", "--database", "app");
  }
  const place = ["--database", "app", "--collection", "c", "--prefix", "a/"];
  const watching = watch(["--from", "0", "--json", ...place]);
  await watching.seen(2);
  const { out } = await watching.end();
  const lines = out.trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { offset: 1, op: "put", collection: "c", key: "a/1", value: 1 },
    { offset: 5, op: "put", collection: "c", key: "a/2", value: 1 },
  ]);
});

test("only what is written from now on, unless told otherwise; a person is told what happens", async () => {
  await does("put", "before", "1");
  const watching = watch([], 60);
  await eventually(() =>
    expect(server.logged).toContainEqual(
      expect.objectContaining({ url: expect.stringContaining("from=now") }),
    ),
  );
  await does("put", "after", "1");
  await watching.seen(2);
  const { code, out, err } = await watching.end();
  expect(code).toBe(0);
  expect(err).toContain("watching database default; Ctrl-C ends it");
  expect(out).toContain("after");
  expect(out).not.toContain("before");
});

test("it goes on where it was when the server is back", async () => {
  const line = (offset: number) =>
    `${JSON.stringify({ offset, op: "delete", collection: "c", key: `k${offset}`, timestamp: 0 })}\n`;
  await using scripted = await ScriptedServer.start(({ target }, index) => {
    if (index === 1) return "cut";
    if (index === 2) return problem(503, "starting", "the node is opening its data");
    const from = Number(/from=(\d+)/.exec(target)?.[1]);
    return from === 2
      ? "silence"
      : {
          status: 200,
          headers: { "boxerdb-next-offset": String(from + 1) },
          body: line(from),
        };
  });
  const terminal = new MemoryTerminal();
  const code = run(["watch", "--from", "0", "--url", scripted.url], terminal);
  await eventually(() => expect(scripted.requests).toHaveLength(5));
  terminal.interrupt();
  expect(await code).toBe(0);
  expect(terminal.out.split("\n").map((text) => text.trim())).toEqual([
    "0  delete  c  k0",
    "1  delete  c  k1",
    "",
  ]);
  expect(terminal.err).toMatch(/^the connection to .* broke .*\nTrying again until it is back\n$/);
  expect(scripted.requests.map(({ target }) => target)).toEqual([
    "/api/v2/default/_changes?from=0&wait=0",
    ...["1", "1", "1", "2"].map((from) => `/api/v2/default/_changes?from=${from}&wait=20`),
  ]);
});

test.each([
  [["--database", "nowhere"], 3, 'there is no database "nowhere"'],
  [["--from", "9"], 1, "the log of "],
  [["--prefix", "a"], 2, "--prefix needs --collection"],
  [["--url", "http://127.0.0.1:1"], 5, "nothing listens there"],
])("%j is told at once", async (args, code, message) => {
  const ended = await boxerdb(["watch", ...args], { environment: talkingTo(server) });
  expect(ended).toMatchObject({ code, out: "", err: expect.stringContaining(message) });
});
