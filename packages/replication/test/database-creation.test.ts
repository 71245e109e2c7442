import { NotLeaderError } from "@boxerdb/replication";
import { expect, test } from "vitest";

import { eventually } from "./cluster/eventually.ts";
import { StartedNodes } from "./cluster/started-nodes.ts";

test("where two nodes create a database at the same time, the second names the first as its leader", async () => {
  await using nodes = await StartedNodes.create();
  const reached = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const n1 = await nodes.start("n1");
  const n2 = await nodes.start("n2", {
    beforeChange: (name) => {
      if (name === "app") reached.resolve();
      return name === "app" ? first.promise : Promise.resolve();
    },
  });
  await eventually(() => n2.node.assertWritable("app"));
  const created = n2.store.createDatabase("app");
  const refused = expect(created).rejects.toMatchObject({ leaderUrl: "http://n1.example" });
  await reached.promise;
  await nodes.createDatabases(["app"], n1, 1);
  first.resolve();
  await refused;
  // Writes are not let in there, to wait for what will not come.
  await eventually(() => {
    expect(() => n2.node.assertWritable("app")).toThrow(NotLeaderError);
  });
  await eventually(() => expect(nodes.state("app")?.inSync).toHaveLength(2));
});
