/**
 * Use in TypeScript, compiled before it runs. The lines that must not compile show that the types came
 * with the package: without them everything would. Prints "done" at its end.
 */
import assert from "node:assert/strict";

import { ConflictError, open, type Collection, type LogOffset, type Store } from "@boxerdb/engine";

interface User {
  readonly name: string;
  readonly born?: number;
}

const [directory = "data"] = process.argv.slice(2);

async function use(store: Store): Promise<void> {
  const app = store.database("app");
  const users: Collection<User> = app.collection<User>("users");
  await users.put("ada", { name: "Ada", born: 1815 });
  await assert.rejects(users.put("ada", { name: "Eve" }, { ifOffset: null }), ConflictError);
  const ada: User | undefined = users.getSync("ada");
  assert.equal(ada?.born, 1815);

  const alan: User = { name: "Alan" };
  await app.batch([{ op: "put", collection: "users", key: "alan", value: alan }]);
  using snapshot = app.snapshot();
  await users.delete("alan");
  const names: string[] = [];
  for await (const { name } of snapshot.collection<User>("users").values()) names.push(name);
  assert.deepEqual(names, ["Ada", "Alan"]);
}

/** Never called. */
export function mustNotCompile(users: Collection<User>): Promise<LogOffset>[] {
  return [
    // @ts-expect-error: not a user
    users.put("eve", { nickname: "Eve" }),
    // @ts-expect-error: not any number is an offset
    users.put("eve", { name: "Eve" }, { ifOffset: 1 }),
  ];
}

{
  await using store = await open(directory);
  await use(store);
}
// It was closed at the end of its block.
await using store = await open(directory);
assert.equal(store.database("app").collection<User>("users").count({ gte: "ada" }), 1);

console.log("done");
