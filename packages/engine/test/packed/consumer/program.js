/** Everyday use in plain JavaScript, from a directory's first opening on. Prints "done" at its end. */
import assert from "node:assert/strict";

import { ConflictError, open, verifyDirectory } from "@boxerdb/engine";

const [directory = "data"] = process.argv.slice(2);
// Small segments, so that there is something to compact.
const options = { segmentBytes: 4096 };

const store = await open(directory, options);
const app = store.database("app");
const users = app.collection("users");

const first = await users.put("ada", { name: "Ada" });
assert.deepEqual(await users.get("ada"), { name: "Ada" });
assert.deepEqual(users.getSync("ada"), { name: "Ada" });
assert.equal(await users.get("nobody"), undefined);

await users.put("ada", { name: "Ada Lovelace" }, { ifOffset: first });
await assert.rejects(users.put("ada", { name: "Eve" }, { ifOffset: first }), ConflictError);

await app.batch(
  [
    { op: "put", collection: "users", key: "alan", value: { name: "Alan" } },
    { op: "put", collection: "users", key: "grace", value: { name: "Grace" } },
    { op: "put", collection: "pictures", key: "ada", value: new Uint8Array([1, 2, 3]) },
  ],
  { checks: [{ collection: "users", key: "alan", offset: null }] },
);
assert.deepEqual(app.collection("pictures").getSync("ada"), Buffer.from([1, 2, 3]));

const snapshot = app.snapshot();
await users.delete("grace");
assert.equal(users.getSync("grace"), undefined);
assert.deepEqual(snapshot.collection("users").getSync("grace"), { name: "Grace" });
snapshot.close();

const keys = [];
for await (const [key] of users.entries({ prefix: "a" })) keys.push(key);
assert.deepEqual(keys, ["ada", "alan"]);
const backwards = [];
for await (const { key, value, offset } of users.list({ reverse: true, limit: 1 })) {
  backwards.push([key, value, offset]);
}
assert.deepEqual(backwards, [["alan", { name: "Alan" }, users.getEntry("alan").offset]]);

const counters = app.collection("counters");
for (let round = 1; round <= 200; round++) {
  const value = { round, text: "·".repeat(100) };
  await Promise.all(["a", "b", "c"].map((key) => counters.put(key, value)));
}
await store.compact();
assert.ok(app.status().segments.some(({ compacted }) => compacted));
assert.equal(counters.getSync("b").round, 200);
await store.close();

assert.equal((await verifyDirectory(directory)).ok, true);
const again = await open(directory, options);
assert.equal(again.database("app").collection("counters").getSync("c").round, 200);
await again.close();

console.log("done");
