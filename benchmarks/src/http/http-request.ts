/** A request as wrk sends it again and again. */
export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST";
  /** Percent-encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: string;
}

/** The bytes of a request. */
export function rawRequest({ method, path, body }: HttpRequest, host: string): string {
  const bodyHeaders =
    body === undefined
      ? []
      : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  return [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...bodyHeaders, "", body ?? ""].join(
    "\r\n",
  );
}

/** Sends one request and resolves to the text that is answered. Rejects where that is no success. */
export async function send(url: string, { method, path, body }: HttpRequest): Promise<string> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}${path}: ${response.status} ${text}`);
  return text;
}
