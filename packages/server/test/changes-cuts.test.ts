import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { sending, startTestNode, type TestNode } from "./test-node.ts";

/** Enough for a seed to be found; more before a release. */
const runs = Number(process.env["BOXERDB_FEED_RUNS"] ?? 60);

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node[Symbol.asyncDispose]());

const key = fc.constantFrom("a", "a/1", "a/2", "b", "ä");
const collection = fc.constantFrom("one", "two");
const operation = fc.oneof(
  fc.record({ op: fc.constant("put"), collection, key, value: fc.jsonValue() }),
  fc.record({ op: fc.constant("delete"), collection, key }),
);
const history = fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
const selection = fc.constantFrom(
  "",
  "&collection=one",
  "&collection=two&prefix=a",
  "&collection=no",
);

/** One request: how many changes it asks for, in which form, or where the client cuts it off. */
const request = fc.record({
  form: fc.constantFrom("page", "wait", "follow", "events", "stream"),
  count: fc.integer({ min: 1, max: 7 }),
});

interface Change {
  readonly offset: number;
}
const changeSchema = z.looseObject({ offset: z.number() });

/** What one request gives, and where the client goes on. */
async function ask(
  base: string,
  { form, count }: { form: string; count: number },
  from: number,
): Promise<{ changes: Change[]; next: number }> {
  switch (form) {
    case "page":
    case "wait": {
      const wait = form === "wait" ? "&wait=0.001" : "";
      const response = await node.app.request(`${base}&from=${from}&limit=${count}${wait}`);
      const next = Number(response.headers.get("boxerdb-next-offset"));
      return { changes: linesOf(await response.text()), next };
    }
    case "stream": {
      const response = await node.app.request(`${base}&from=${from}`);
      const changes = linesOf(await response.text()).slice(0, count);
      return { changes, next: (changes.at(-1)?.offset ?? from - 1) + 1 };
    }
    case "follow": {
      const ended = await (
        await node.app.request(`${base}&from=${from}&follow&limit=${count}`)
      ).text();
      const lines = ended
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      const { next } = z.object({ next: z.number() }).parse(lines.at(-1));
      return { changes: lines.slice(1, -1).map((line) => changeSchema.parse(line)), next };
    }
    default: {
      const lastEventId: Record<string, string> =
        from === 0 ? {} : { "last-event-id": String(from - 1) };
      const response = await node.app.request(`${base}&limit=${count}`, {
        headers: { accept: "text/event-stream", ...lastEventId },
      });
      const text = await response.text();
      const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => json).join("\n");
      const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
      return { changes: linesOf(data), next: (ids.at(-1) ?? -1) + 1 };
    }
  }
}

const linesOf = (text: string): Change[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => changeSchema.parse(JSON.parse(line)));

test("however a feed is cut into requests, it tells what the log holds, once and in order", async () => {
  let databases = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      selection,
      fc.array(request, { minLength: 1, maxLength: 8 }),
      async (batches, selected, requests) => {
        const name = `d${(databases += 1)}`;
        await node.app.request(`/api/v2/${name}`, { method: "PUT" });
        for (const operations of batches) {
          const path = `/api/v2/${name}/_batch`;
          expect((await node.app.request(path, sending("POST", { operations }))).status).toBe(200);
        }
        const base = `/api/v2/${name}/_changes?${selected}`;
        const whole = linesOf(await (await node.app.request(base)).text());
        const seen: Change[] = [];
        let next = 0;
        for (let n = 0; seen.length < whole.length; n += 1) {
          const wish = requests[n % requests.length] ?? { form: "page", count: 1 };
          // A feed that lasts would wait for more than there is.
          const count = Math.min(wish.count, whole.length - seen.length);
          const answer = await ask(base, { ...wish, count }, next);
          expect(answer.next).toBeGreaterThan(next);
          seen.push(...answer.changes);
          next = answer.next;
        }
        expect(seen).toEqual(whole);
        if (selected === "") {
          expect(whole.map(({ offset }) => offset)).toEqual(whole.map((_, index) => index + 1));
          expect(whole.map(withoutLog)).toEqual(batches.flat().map(asRead));
        }
        await node.app.request(`/api/v2/${name}`, { method: "DELETE" });
      },
    ),
    { numRuns: runs },
  );
});

const told = z.object({
  op: z.string(),
  collection: z.string(),
  key: z.string(),
  value: z.unknown().optional(),
});

/** A change without what only the log knows of it. */
const withoutLog = (change: Change): unknown => told.parse(change);

/** An operation as it is read back: of JSON, there is no -0. */
const asRead = (written: unknown): unknown => told.parse(JSON.parse(JSON.stringify(written)));
