import { epoch } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ClusterKnowledge } from "./cluster-knowledge.ts";
import { revision, type ClusterView, type DatabaseState } from "./configuration-manager.ts";

const replica = { nodeId: "a", directoryId: "disk-a" };
const stateOf = (number: number): DatabaseState => ({
  id: "x",
  epoch: epoch(number),
  leader: replica,
  inSync: [replica],
});

/** Databases by name, each with the revision of its state; nodes by name. */
const viewOf = (
  number: number,
  databases: Record<string, number>,
  nodes: readonly string[] = [],
): ClusterView => ({
  id: "cluster",
  creator: undefined,
  revision: revision(number),
  databases: new Map(
    Object.entries(databases).map(([name, at]) => [
      name,
      { state: stateOf(at), revision: revision(at) },
    ]),
  ),
  nodes: new Map(
    nodes.map((nodeId) => [nodeId, { nodeId, peerUrl: `http://${nodeId}`, publicUrl: "" }]),
  ),
});

const revisionOf = (knowledge: ClusterKnowledge, name: string): number | undefined =>
  knowledge.view?.databases.get(name)?.revision;

describe("what is read", () => {
  test("is known from then on, and nothing before", () => {
    const knowledge = new ClusterKnowledge();
    expect(knowledge.view).toBeUndefined();
    expect(knowledge.afterRead(viewOf(0, {}))).toBe("changed");
    expect(knowledge.view).toEqual(viewOf(0, {}));
  });

  test("changes what is known where it says something else", () => {
    const knowledge = new ClusterKnowledge();
    knowledge.afterRead(viewOf(3, { x: 2, y: 3 }, ["a"]));
    expect(knowledge.afterRead(viewOf(3, { x: 2, y: 3 }, ["a"]))).toBe("unchanged");
    expect(knowledge.afterRead(viewOf(4, { x: 2, y: 3 }, ["a"]))).toBe("unchanged");
    expect(knowledge.view?.revision).toBe(4);
    const changes = [
      viewOf(5, { x: 5, y: 3 }, ["a"]),
      viewOf(6, { x: 5 }, ["a"]),
      viewOf(7, { x: 5, z: 7 }, ["a"]),
      viewOf(8, { x: 5, z: 7 }, ["b"]),
      viewOf(9, { x: 5, z: 7 }, ["a", "b"]),
      viewOf(10, { x: 5, z: 7 }, []),
    ];
    for (const view of changes) {
      expect(knowledge.afterRead(view)).toBe("changed");
      expect(knowledge.view).toEqual(view);
    }
    const here = { nodeId: "a", peerUrl: "http://a:8081", publicUrl: "http://a:8080" };
    const addresses = [here, { ...here, peerUrl: "" }, { ...here, publicUrl: "" }, here];
    for (const [at, address] of addresses.entries()) {
      const nodes = new Map([["a", address]]);
      const view = { ...viewOf(11 + at, { x: 5, z: 7 }), nodes };
      expect(knowledge.afterRead(view)).toBe("changed");
      expect(knowledge.afterRead(view)).toBe("unchanged");
    }
  });

  test("is nothing where more was known", () => {
    const knowledge = new ClusterKnowledge();
    knowledge.afterRead(viewOf(3, { x: 2 }));
    expect(knowledge.afterRead(viewOf(2, { x: 2, y: 1 }))).toBe("outdated");
    expect(knowledge.view).toEqual(viewOf(3, { x: 2 }));
  });
});

describe("what a change told", () => {
  test("is newer than what was read before, and older than what is read after", () => {
    const knowledge = new ClusterKnowledge();
    knowledge.afterRead(viewOf(3, { x: 2, y: 3 }));
    expect(knowledge.afterNote("x", revision(4), stateOf(4))).toBe(true);
    expect(knowledge.afterNote("y", revision(6), undefined)).toBe(true);
    expect(knowledge.afterNote("z", revision(7), stateOf(7))).toBe(true);
    expect(knowledge.view).toEqual(viewOf(3, { x: 4, z: 7 }));
    expect(knowledge.afterRead(viewOf(5, { x: 5, y: 3 }))).toBe("changed");
    expect(knowledge.view).toEqual(viewOf(5, { x: 5, z: 7 }));
    expect(knowledge.afterRead(viewOf(7, { x: 5, z: 7 }))).toBe("unchanged");
    expect(knowledge.afterRead(viewOf(8, { x: 5, y: 8 }))).toBe("changed");
    expect(knowledge.view).toEqual(viewOf(8, { x: 5, y: 8 }));
  });

  test("is nothing where newer is known, also that there is no such database", () => {
    const knowledge = new ClusterKnowledge();
    knowledge.afterRead(viewOf(5, { x: 2 }));
    expect(knowledge.afterNote("x", revision(2), stateOf(2))).toBe(false);
    expect(knowledge.afterNote("x", revision(1), undefined)).toBe(false);
    expect(knowledge.afterNote("y", revision(4), stateOf(4))).toBe(false);
    expect(knowledge.afterNote("x", revision(7), undefined)).toBe(true);
    expect(knowledge.afterNote("x", revision(6), stateOf(6))).toBe(false);
    expect(knowledge.view).toEqual(viewOf(5, {}));
  });

  test("waits for the first read", () => {
    const knowledge = new ClusterKnowledge();
    expect(knowledge.afterNote("x", revision(4), stateOf(4))).toBe(false);
    expect(knowledge.afterNote("x", revision(3), stateOf(3))).toBe(false);
    expect(knowledge.view).toBeUndefined();
    knowledge.afterRead(viewOf(2, { x: 2, y: 1 }));
    expect(knowledge.view).toEqual(viewOf(2, { x: 4, y: 1 }));
  });
});

test("in whatever order it is told, what is known is the newest that was told", () => {
  // The history of three databases: each change makes, changes or removes one.
  const change = fc.record({ name: fc.constantFrom("x", "y", "z"), isRemoval: fc.boolean() });
  const told = fc.record({ isRead: fc.boolean(), at: fc.nat() });
  const history = fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 12 }),
    tells: fc.array(told, { maxLength: 30 }),
  });
  fc.assert(
    fc.property(history, ({ changes, tells }) => {
      /** What `name` was as of a revision: the revision that made it so; undefined: not there. */
      const asOf = (name: string, last: number): number | undefined => {
        const at = changes.slice(0, last).findLastIndex((made) => made.name === name);
        return at === -1 || changes[at]?.isRemoval === true ? undefined : at + 1;
      };
      const knowledge = new ClusterKnowledge();
      let readUpTo: number | undefined;
      const noted = new Map<string, number>();
      for (const { isRead, at } of tells) {
        const before = knowledge.view;
        let isChanged: boolean;
        if (isRead) {
          const number = at % (changes.length + 1);
          const databases: Record<string, number> = {};
          for (const name of ["x", "y", "z"]) {
            const made = asOf(name, number);
            if (made !== undefined) databases[name] = made;
          }
          const outcome = knowledge.afterRead(viewOf(number, databases));
          expect(outcome === "outdated").toBe(number < (readUpTo ?? 0));
          readUpTo = Math.max(number, readUpTo ?? 0);
          isChanged = outcome === "changed";
        } else {
          const number = 1 + (at % changes.length);
          const made = changes[number - 1] ?? expect.fail();
          const state = made.isRemoval ? undefined : stateOf(number);
          isChanged = knowledge.afterNote(made.name, revision(number), state);
          noted.set(made.name, Math.max(number, noted.get(made.name) ?? 0));
        }
        for (const name of ["x", "y", "z"]) {
          const newest = Math.max(readUpTo ?? 0, noted.get(name) ?? 0);
          const expected = readUpTo === undefined ? undefined : asOf(name, newest);
          expect(revisionOf(knowledge, name)).toBe(expected);
        }
        const isSame =
          before?.databases.size === knowledge.view?.databases.size &&
          [...(before?.databases ?? [])].every(
            ([name, known]) => revisionOf(knowledge, name) === known.revision,
          );
        const isFirst = before === undefined && knowledge.view !== undefined;
        expect(isChanged).toBe(isFirst || !isSame);
      }
    }),
    { numRuns: 500 },
  );
});
