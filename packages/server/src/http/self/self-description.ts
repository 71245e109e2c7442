import { jsonAnswer } from "../data-answer.ts";
import type { Handler } from "../exchange/answer.ts";
import { apiInfo } from "../openapi/api-info.ts";
import { openApiDocument } from "../openapi/document.ts";
import { operations } from "../openapi/operations.ts";
import { ProblemError } from "../problem.ts";
import { refuseQuery } from "../query.ts";
import type { Resource } from "../resources.ts";

import { docsAssets, docsPage } from "./docs-assets.ts";
import { UnchangingContent } from "./unchanging-content.ts";

const document = new UnchangingContent(
  async () => Buffer.from(JSON.stringify(openApiDocument(operations, apiInfo))),
  "application/json",
);

const getDocument: Handler = (exchange) => {
  refuseQuery(exchange.target.query);
  return document.answer(exchange);
};

const getDocs: Handler = (exchange) => {
  refuseQuery(exchange.target.query);
  return docsPage.answer(exchange);
};

const getAsset: Handler = (exchange) => {
  const { path, query } = exchange.target;
  refuseQuery(query);
  const asset = docsAssets.get(path.slice("/docs/".length));
  if (asset !== undefined) return asset.answer(exchange);
  throw new ProblemError({ code: "no_such_route", message: `there is nothing at ${path}` });
};

const index = {
  name: "BoxerDB",
  version: apiInfo.version,
  api: "/api/v1",
  docs: "/docs",
  openapi: "/openapi.json",
  status: "/status",
};

/** A browser names HTML before anything else; whatever does not is told by JSON. */
const getIndex: Handler = (exchange) => {
  refuseQuery(exchange.target.query);
  return /^\s*text\/html\b/i.test(exchange.header("accept") ?? "")
    ? { status: 303, headers: { location: "/docs", vary: "accept" }, body: undefined }
    : jsonAnswer(index, { "content-type": "application/json", vary: "accept" });
};

/** What the API tells of itself, and nothing of what is stored: an index, `/openapi.json`, and `/docs`, a page of it. */
export const selfDescription: readonly Resource[] = [
  { path: "/", handlers: { GET: getIndex }, scope: "open" },
  { path: "/openapi.json", handlers: { GET: getDocument }, scope: "open" },
  { path: "/docs", handlers: { GET: getDocs }, scope: "open" },
  { path: "/docs/:asset", handlers: { GET: getAsset }, scope: "open" },
];
