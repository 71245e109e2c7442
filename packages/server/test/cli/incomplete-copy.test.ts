/** What commands say of the directory of a copy that never caught up. */
import { logOffset, open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { startTestServer } from "../test-server.ts";

import { boxerdb } from "./boxerdb.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

test("a directory that shows no state that its leader was in is shown, and not taken for one", async () => {
  await using home = await TemporaryDirectory.create();
  const data = home.join("data");
  {
    await using store = await open(data);
    await store.database("app").collection("things").put("k", 1);
    await store
      .database("app")
      .open?.wholeness.noteMissed({ wholeFrom: logOffset(99), purgeFloor: logOffset(42) });
  }
  const inspected = await boxerdb(["inspect", data]);
  expect(inspected.code).toBe(0);
  expect(inspected.out).toContain("# database app is a copy, whole from offset 99 on");
  expect(inspected.out).toContain("deletions below offset 42 may be missing");
  const items = (await boxerdb(["inspect", data, "--json"])).out.split("\n");
  expect(JSON.parse(items[0] ?? "")).toMatchObject({
    type: "whole",
    wholeFrom: 99,
    purgeFloor: 42,
  });
  // Every byte is as it was written.
  expect((await boxerdb(["verify", data])).code).toBe(0);

  await using server = await startTestServer();
  const leader = `${server.url}/api/v2/app/things/k`;
  const json = { "content-type": "application/json" };
  await fetch(leader, { method: "PUT", headers: json, body: '{"value": 1}' });
  const refused = [
    ["verify", data, "--against", server.url],
    ["replay", data, "--into", home.join("replayed"), "--database", "app", "--until", "1"],
    ["backup", home.join("backup"), "--data-dir", data],
  ];
  for (const line of refused) {
    const { code, err } = await boxerdb(line);
    expect(`${line[0]}: ${code}, ${err}`).toMatch(/: 6, .*it holds \d+ of the 99 records/s);
  }
});
