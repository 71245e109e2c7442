/**
 * Asks the server in this container how it is, as in `node docker/health-check.ts /readyz`, for images
 * that have no curl. Exit code 0 means well; what it prints is kept by `docker inspect`.
 */
const [path = "/livez"] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env["BOXERDB_PORT"] ?? "8080"}${path}`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  console.log(response.status, await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer:`, error instanceof Error ? (error.cause ?? error) : error);
  process.exitCode = 1;
}
