/**
 * Asks the server in this container how it is, as in `node docker/health-check.ts /readyz`, for images
 * that have no curl. Exit code 0 means well; what it prints is kept by `docker inspect`.
 */
import { get, type IncomingMessage } from "node:http";
import { get as getByTls } from "node:https";
import { text } from "node:stream/consumers";

const [path = "/livez"] = process.argv.slice(2);
const speaksTls = (process.env["BOXERDB_TLS_CERT"] ?? "") !== "";
const port = process.env["BOXERDB_PORT"] ?? "8080";
const url = `${speaksTls ? "https" : "http"}://127.0.0.1:${port}${path}`;

try {
  const signal = AbortSignal.timeout(4_000);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // The certificate is for the name that clients use. Nothing secret is said here, and to ourselves.
    const asked = speaksTls
      ? getByTls(url, { signal, rejectUnauthorized: false }, resolve)
      : get(url, { signal }, resolve);
    asked.once("error", reject);
  });
  console.log(response.statusCode, await text(response));
  process.exitCode = response.statusCode === 200 ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer:`, error);
  process.exitCode = 1;
}
