/** An answer of a node. */
export interface Answer {
  readonly status: number;
  /** The JSON of its body; undefined where it has none. */
  readonly body: unknown;
  /** The offset in its ETag: where what was asked for is written. */
  readonly offset: number | undefined;
  /** The newest offset that the node has applied. */
  readonly appliedOffset: number | undefined;
}

/** One node of the cluster, as clients on this machine reach it. */
export class ClusterNode {
  /** Its service in compose.yaml. */
  readonly service: string;
  readonly port: number;

  constructor(service: string, port: number) {
    this.service = service;
    this.port = port;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get(key: string): Promise<Answer> {
    return this.ask("GET", keyPath(key));
  }

  put(key: string, value: unknown): Promise<Answer> {
    return this.ask("PUT", keyPath(key), { value });
  }

  delete(key: string): Promise<Answer> {
    return this.ask("DELETE", keyPath(key));
  }

  /** A member of what the node tells of itself under `/status`. */
  async status(name: string): Promise<unknown> {
    return member((await this.ask("GET", "/status")).body, name);
  }

  /** Sends a request. Rejects where there is no answer within 10 s. */
  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = this.url + path;
    try {
      const response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await response.text();
      return {
        status: response.status,
        body: text === "" ? undefined : JSON.parse(text),
        offset: numberIn(response.headers.get("etag")),
        appliedOffset: numberIn(response.headers.get("boxerdb-offset")),
      };
    } catch (cause) {
      throw new Error(`${method} ${url} has no answer: ${reasonOf(cause)}`, { cause });
    }
  }

  /** True where the node can do its work, else what it says instead. */
  async readiness(): Promise<true | string> {
    try {
      const { status, body } = await this.ask("GET", "/readyz");
      return status === 200 || `${this.url}/readyz answers ${status} ${JSON.stringify(body)}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** A member of an object that came as JSON; undefined where it is none, or has no such member. */
export function member(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null) return undefined;
  const value: unknown = Reflect.get(json, name);
  return value;
}

const keyPath = (key: string): string => `/api/v1/${encodeURIComponent(key)}`;

const numberIn = (header: string | null): number | undefined => {
  const digits = /\d+/.exec(header ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
};

/** `fetch` says only that it failed, and why in its cause. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
};
