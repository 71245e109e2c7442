/** The chapters of the document, in their order, by name. */
export const tags = {
  "Default collection":
    "The short way: keys of the collection `default` in the database `default`, which is there from the start.",
  Keys: "Single keys of any collection. A collection comes into being with its first key, a database as well.",
  Collections: "What is in a collection, in the order of the keys.",
  Databases:
    "A database is one log: the unit of replication, of atomic batches and of offsets. Batches concern one database.",
  Feed: "The log as a feed of changes, from any offset.",
  Maintenance: "Looking after a node while it works.",
  Node: "What this node is and how it does, for load balancers, monitors and people.",
  "This document": "The API as it tells of itself.",
} as const satisfies Record<string, string>;

export type Tag = keyof typeof tags;
