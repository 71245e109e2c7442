/** The documents that are read and written over HTTP. */
import { isDeepStrictEqual } from "node:util";

import { documentKey, documentValue } from "../document.ts";

import type { Work } from "./work.ts";

/** How many requests are sent at once to store the documents. */
const loadingConnections = 16;

/** A document on its way to a server. */
export interface SentDocument {
  readonly key: string;
  /** Its JSON. */
  readonly json: string;
}

/** Each work writes another revision, so that its writes can be told from those before. */
const revisions = { stored: 0, get: 0, put: 1, batch: 2 } as const satisfies Record<
  Work,
  number
> & {
  readonly stored: number;
};

/** Document number `index`, as it was stored at first or as a work writes it. */
export const sentDocument = (index: number, writer: keyof typeof revisions): SentDocument => ({
  key: documentKey(index),
  json: JSON.stringify(documentValue(index, revisions[writer])),
});

/** All documents, each as what `make` makes of it. */
export const eachDocument = <Made>(
  count: number,
  writer: keyof typeof revisions,
  make: (document: SentDocument) => Made,
): Made[] => Array.from({ length: count }, (_, index) => make(sentDocument(index, writer)));

/** Stores all documents, some at a time. */
export async function storeDocuments(
  count: number,
  store: (document: SentDocument) => Promise<unknown>,
): Promise<void> {
  const remaining = eachDocument(count, "stored", (document) => document).values();
  await Promise.all(
    Array.from({ length: loadingConnections }, async () => {
      for (const document of remaining) await store(document);
    }),
  );
}

/**
 * Reads some documents and compares them with what a work has made of them: a server that answers
 * well but stores nothing must not win. `read` resolves to the JSON of one.
 */
export async function checkDocuments(
  work: Work,
  read: (key: string) => Promise<string>,
): Promise<void> {
  // Even the shortest load has come to these. Number 0 is what wrk looks at before it begins.
  for (const index of [1, 2]) {
    const { key, json } = sentDocument(index, work);
    const stored = await read(key);
    if (isDeepStrictEqual(JSON.parse(stored), JSON.parse(json))) continue;
    throw new Error(`after the work "${work}", ${key} is ${stored} instead of ${json}`);
  }
}
