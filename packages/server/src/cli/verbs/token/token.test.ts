import { readFile, stat } from "node:fs/promises";

import { expect, test } from "vitest";

import { boxerdb } from "../../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../../test/cli/temporary-directory.ts";
import { startTestServer } from "../../../../test/test-server.ts";
import { digestOf } from "../../../access/token.ts";

const create = (file: string, ...args: readonly string[]) =>
  boxerdb(["token", "create", "--tokens-file", file, ...args]);

test("a token that is made lets in, and one that is revoked does not", async () => {
  await using directory = await TemporaryDirectory.create();
  const file = directory.join("tokens");
  const { code, out, err } = await create(file, "--name", "shop", "--scope", "write");
  expect(code).toBe(0);
  expect(out).toMatch(/^boxerdb_[\w-]{43}\n$/);
  expect(err).toMatch(/the only time that the token is shown.*kill -HUP/);
  const token = out.trim();
  expect(await readFile(file, "utf8")).not.toContain(token);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  await using running = await startTestServer({ tokensFile: file });
  const put = () => boxerdb(["put", "k", "1", "--url", running.url, "--token", token]);
  expect((await put()).code).toBe(0);
  expect(await boxerdb(["token", "revoke", "shop", "--tokens-file", file])).toMatchObject({
    code: 0,
    out: "revoked shop\n",
  });
  await running.server.reload();
  expect((await put()).err).toContain("the token is not known here");
});

test("what is asked for is what is in the file, and in the list", async () => {
  await using directory = await TemporaryDirectory.create();
  const file = directory.join("tokens");
  const limits = ["--database", "app", "--database", "other", "--expires", "2027-01-31"];
  const made = await create(file, "--name", "a", "--scope", "read", ...limits, "--json");
  const { token, ...rest }: Record<string, unknown> = JSON.parse(made.out);
  expect(rest).toEqual({
    name: "a",
    scope: "read",
    sha256: digestOf(String(token)),
    databases: ["app", "other"],
    expires: "2027-01-31T00:00:00.000Z",
    created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  await create(file, "--name", "b", "--scope", "admin");
  // The environment says where the file is, as it does to the server.
  const environment = { BOXERDB_TOKENS_FILE: file };
  const { out } = await boxerdb(["token", "list"], { environment });
  expect(out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
    ["name", "scope", "databases", "expires"],
    ["a", "read", "app, other", "2027-01-31T00:00:00.000Z"],
    ["b", "admin", "all", "never"],
    [""],
  ]);
  const lines = (await boxerdb(["token", "list", "--json"], { environment })).out.split("\n");
  expect(JSON.parse(lines[0] ?? "")).toEqual(rest);
  const revoked = await boxerdb(["token", "revoke", "a", "--json"], { environment });
  expect(JSON.parse(revoked.out)).toEqual({ revoked: rest });
});

test("what cannot be done is told, with what to do", async () => {
  await using directory = await TemporaryDirectory.create();
  const file = directory.join("tokens");
  await create(file, "--name", "a", "--scope", "read");
  const twice = await create(file, "--name", "a", "--scope", "admin");
  expect(twice).toMatchObject({ code: 2, out: "" });
  expect(twice.err).toContain('tokens:2: there is a token "a" already');
  const unknown = await boxerdb(["token", "revoke", "b", "--tokens-file", file]);
  expect(unknown).toMatchObject({ code: 3, out: "" });
  expect(unknown.err).toContain('there is no token "b"');
  const missing = await boxerdb(["token", "list", "--tokens-file", directory.join("none")]);
  expect(missing).toMatchObject({ code: 2, out: "" });
  expect(missing.err).toContain("none cannot be read: it does not exist");
});

test("a token that has expired already is not made", async () => {
  const limits = ["--scope", "read", "--expires", "2020-01-01", "--tokens-file", "late"];
  const { code, err } = await boxerdb(["token", "create", "--name", "late", ...limits]);
  expect(code).toBe(2);
  expect(err).toContain("has passed");
});
