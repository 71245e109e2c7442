import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { UnchangingContent } from "./unchanging-content.ts";

/**
 * What the page may do: load from this server and talk to it, and nothing else. The viewer sets styles
 * of single elements by script, which a policy allows by itself.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const own = (name: string): string =>
  fileURLToPath(new URL(`../../../docs-page/${name}`, import.meta.url));
const { resolve: viewer } = createRequire(import.meta.url);

const asset = (path: string, type: string): UnchangingContent =>
  new UnchangingContent(() => readFile(path), type, headers);

/** The page at `/docs`. */
export const docsPage = asset(own("index.html"), "text/html; charset=utf-8");

/** The files that the page loads, by name: ours, and those of the viewer, Swagger UI. */
export const docsAssets: ReadonlyMap<string, UnchangingContent> = new Map([
  ["docs.js", asset(own("docs.js"), "text/javascript; charset=utf-8")],
  ["docs.css", asset(own("docs.css"), "text/css; charset=utf-8")],
  ["icon.svg", asset(own("icon.svg"), "image/svg+xml")],
  [
    "swagger-ui-bundle.js",
    asset(viewer("swagger-ui-dist/swagger-ui-bundle.js"), "text/javascript; charset=utf-8"),
  ],
  ["swagger-ui.css", asset(viewer("swagger-ui-dist/swagger-ui.css"), "text/css; charset=utf-8")],
]);
