import { afterAll, beforeAll, describe, expect, test } from "vitest";

import packageJson from "../../../package.json" with { type: "json" };
import { startTestNode, type TestNode } from "../../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  running.app.request(path, { headers });

describe("/", () => {
  test("tells a program what is where", async () => {
    const response = await ask("/");
    expect(response.status).toBe(200);
    const index: unknown = await response.json();
    expect(index).toMatchObject({ name: "BoxerDB", version: packageJson.version });
    const places = Object.values(Object(index))
      .map(String)
      .filter((value) => value.startsWith("/"));
    expect(places).toHaveLength(4);
    for (const place of places) expect((await ask(place)).status).toBe(200);
  });

  test("sends a browser to the page", async () => {
    const response = await ask("/", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/docs");
    expect(response.headers.get("vary")).toBe("accept");
  });

  test.each(["*/*", "application/json", "application/json, text/html"])(
    "does not take %s for a browser",
    async (accept) => {
      expect((await ask("/", { accept })).status).toBe(200);
    },
  );
});

describe("/docs", () => {
  const loaded = /(?:src|href)="(docs\/[^"]+)"/g;

  test("loads nothing from elsewhere, and all that it loads is here", async () => {
    const page = await ask("/docs");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const html = await page.text();
    expect(html).not.toMatch(/(?:src|href)="(?:\w+:)?\/\//);
    const paths = [...html.matchAll(loaded)].map(([, path]) => `/${path}`);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const asset = await ask(path);
      expect(asset.status).toBe(200);
      const kind = path.endsWith(".js")
        ? "text/javascript"
        : path.endsWith(".css")
          ? "text/css"
          : "image/";
      expect(asset.headers.get("content-type")).toContain(kind);
      if (path.endsWith(".css")) expect(await asset.text()).not.toMatch(/url\(["']?(?!["']?data:)/);
    }
  });

  test("may load from and talk to this server only, and be framed by nobody", async () => {
    const page = await ask("/docs");
    const policy = page.headers.get("content-security-policy") ?? "";
    for (const directive of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(directive);
    }
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toMatch(/https?:/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each(["/docs/none.js", "/docs/..%2Findex.html", "/docs/index.html"])(
    "has no file %s",
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "no_such_route" });
    },
  );
});

test("/openapi.json is sent once to whoever keeps it", async () => {
  const first = await ask("/openapi.json");
  expect(first.headers.get("content-type")).toBe("application/json");
  expect(await first.json()).toMatchObject({ info: { version: packageJson.version } });
  const etag = first.headers.get("etag") ?? "";
  expect((await ask("/openapi.json", { "if-none-match": etag })).status).toBe(304);
});
