import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";

import { apiResources } from "../../src/http/app.ts";
import { scopeOf, type Operation } from "../../src/http/openapi/operation.ts";
import { operations } from "../../src/http/openapi/operations.ts";
import { routesOf } from "../../src/http/resources.ts";
import { startTestNode, type TestNode } from "../test-node.ts";

let running: TestNode;
let text: string;
beforeAll(async () => {
  running = await startTestNode();
  text = await (await running.app.request("/openapi.json")).text();
});
afterAll(() => running[Symbol.asyncDispose]());

/** Paths at which there is only a refusal: nothing to be described. */
const refusals = ["/api/v1/", "/api/v2/{database}/{collection}/"];

/** A path of the router, as `/api/v1/:key`, as the document writes it. */
const templateOf = (path: string): string => path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, "{$1}");

const described = Object.entries(operations).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const namesOf = (all: readonly { readonly method: string; readonly path: string }[]): string[] =>
  all.map(({ method, path }) => `${method} ${path}`).sort();

describe("the document", () => {
  test("is OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(
      z.looseObject({}).parse(JSON.parse(text)),
    );
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  });

  test("breaks no rule of a linter: references, names, examples that fit their schemas", async () => {
    const config = await createConfig({ extends: ["recommended-strict"] });
    const problems = await lintFromString({ source: text, config });
    expect(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    ).toEqual([]);
  });

  test("tells of every method at every path that is mounted, and of no other", () => {
    const mounted = apiResources(running.api)
      .flatMap((resource) => routesOf(resource))
      .map(({ method, path }) => ({ method, path: templateOf(path) }))
      .filter(({ path }) => !refusals.includes(path));
    const told = described.filter(({ method }) => method !== "HEAD");
    expect(namesOf(told), "tell of it in src/http/openapi/operations.ts").toEqual(namesOf(mounted));
    for (const { path, method } of described) {
      if (method === "HEAD") expect(operations[path]).toHaveProperty("GET");
    }
  });

  test.each(refusals)("keeps silent of %s, where every method is refused", async (path) => {
    const asked = path.replace("{database}", "db").replace("{collection}", "coll");
    for (const method of ["GET", "PUT", "POST", "DELETE"]) {
      const response = await running.app.request(asked, { method });
      expect(response.status).toBe(400);
    }
  });

  test("tells for each which tokens may", () => {
    const mounted = apiResources(running.api).flatMap((resource) => routesOf(resource));
    for (const { path, method, scope } of mounted) {
      const operation = described.find(
        (told) => told.method === method && told.path === templateOf(path),
      )?.operation;
      if (operation !== undefined) expect(scopeOf(method, operation)).toBe(scope);
    }
  });

  test("names every operation once", () => {
    const names = described.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });
});

// A method that is told of is asked as a client would that has read the document.
const askable = described.filter(({ method }) => method !== "HEAD" && method !== "OPTIONS");

describe.each(askable)("$method $path", ({ path, method, operation }) => {
  test("is checked by the schemas that are described", async () => {
    const { query } = operation;
    const body = jsonBody(operation);
    const schemas = [query, body?.schema].filter((schema) => schema !== undefined);
    const spies = schemas.map((schema) => vi.spyOn(schema, "safeParse"));
    try {
      await ask(query === undefined ? path : `${path}?undescribed=1`, method, undefined);
      await ask(path, method, body?.example);
      for (const spy of spies) expect(spy).toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  test("takes no query parameter beside those that are described", async () => {
    const response = await ask(`${path}?undescribed=1`, method, jsonBody(operation)?.example);
    expect(await response.json()).toMatchObject({
      code: "invalid_query",
      parameter: "undescribed",
    });
  });
});

interface ExampleBody {
  readonly schema: z.ZodType;
  readonly example: string;
}

function jsonBody({ body }: Operation): ExampleBody | undefined {
  const { schema, examples } = body?.content["application/json"] ?? {};
  if (schema === undefined) return undefined;
  const [example] = Object.values(examples ?? {});
  if (example === undefined) throw new Error("a body needs an example");
  return { schema, example: JSON.stringify(example.value) };
}

function ask(path: string, method: string, body: string | undefined): Promise<Response> {
  const segments: Record<string, string> = { asset: "docs.js", database: "default" };
  const asked = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segments[name] ?? name);
  const headers = {
    "content-type": "application/json",
    "content-length": String(body?.length ?? 0),
  };
  return Promise.resolve(
    running.app.request(asked, { method, headers, ...(body === undefined ? {} : { body }) }),
  );
}
