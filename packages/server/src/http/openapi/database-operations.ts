import { z } from "zod";

import { noSettings } from "../databases.ts";

import { freshness } from "./headers.ts";
import { json, type PathOperations } from "./operation.ts";
import { dataProblems, jsonBodyProblems, writeProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { count } from "./shared-schemas.ts";

describeObject(
  noSettings,
  { id: "DatabaseSettings", description: "A database has no settings so far." },
  {},
);

const summaryShape = {
  name: z.string(),
  id: z.string().nullable(),
  keys: count,
  bytes: count,
  epoch: count,
  endOffset: count,
  appliedOffset: count,
};
const summaryTexts = {
  name: "Its name.",
  id: "Tells it from another of the same name. Null before the first write to the default one.",
  keys: "How many keys it has, in all collections.",
  bytes: "The length of its files.",
  epoch: "The number of its leader's reign.",
  endOffset: "The offset that the next write gets.",
  appliedOffset: "All writes below this offset are visible here.",
};

const databaseSummary = describeObject(
  z.object(summaryShape),
  { id: "DatabaseSummary", description: "A database at a glance." },
  summaryTexts,
);

const databaseDescription = describeObject(
  z.object({
    ...summaryShape,
    collections: z.array(
      describeObject(
        z.object({ name: z.string(), keys: count }),
        { id: "CollectionSummary", description: "A collection that has keys." },
        { name: "Its name.", keys: "How many keys it has." },
      ),
    ),
  }),
  { id: "Database", description: "A database and its collections." },
  { ...summaryTexts, collections: "Those that have keys, by name." },
);

const databaseList = describeObject(
  z.object({ databases: z.array(databaseSummary) }),
  { id: "DatabaseList", description: "The databases of this node." },
  { databases: "Those that exist, by name." },
);

const dropped = describeObject(
  z.object({ dropped: z.string() }),
  { id: "Dropped", description: "A database is gone." },
  { dropped: "Its name." },
);

const summaryExample = {
  name: "shop",
  id: "0f2c5f1e-6f0c-4f6e-9a3d-1c8a3a3f1b77",
  keys: 2,
  bytes: 4096,
  epoch: 1,
  endOffset: 3,
  appliedOffset: 3,
};

/** All databases. */
export const databaseListOperations: PathOperations = {
  GET: {
    operationId: "listDatabases",
    tag: "Databases",
    summary: "List the databases",
    answers: {
      200: {
        description: "The databases, by name.",
        content: json(databaseList, { list: { value: { databases: [summaryExample] } } }),
      },
    },
    problems: ["not_ready"],
  },
};

/** One database. */
export const databaseOperations: PathOperations = {
  GET: {
    operationId: "describeDatabase",
    tag: "Databases",
    summary: "Describe a database",
    answers: {
      200: {
        description: "The database and its collections.",
        headers: freshness,
        content: json(databaseDescription, {
          shop: { value: { ...summaryExample, collections: [{ name: "stock", keys: 2 }] } },
        }),
      },
    },
    problems: [...dataProblems, "database_not_found"],
  },
  PUT: {
    operationId: "createDatabase",
    scope: "admin",
    tag: "Databases",
    summary: "Create a database",
    description: "There is no need to: the first write to it does it too.",
    body: { required: false, content: json(noSettings, { none: { value: {} } }) },
    answers: {
      201: {
        description: "Created.",
        headers: ["Location", ...freshness],
        content: json(databaseSummary, { shop: { value: summaryExample } }),
      },
    },
    problems: [...dataProblems, ...writeProblems, ...jsonBodyProblems, "invalid_header", "exists"],
  },
  DELETE: {
    operationId: "dropDatabase",
    scope: "admin",
    tag: "Databases",
    summary: "Drop a database with all that is in it",
    description: "It cannot be undone.",
    answers: {
      200: {
        description: "Dropped.",
        content: json(dropped, { shop: { value: { dropped: "shop" } } }),
      },
    },
    problems: [...dataProblems, ...writeProblems, "invalid_header", "database_not_found"],
  },
};
