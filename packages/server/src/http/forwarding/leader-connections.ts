import { Agent as HttpAgent, request as requestHttp, type ClientRequest } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { urlToHttpOptions } from "node:url";

/** Of so many at a time: more wait for one, so that they do not take the open files of the store. */
const connectionsAtMost = 256;
const idleConnectionsAtMost = 32;

/** What is asked of a leader. */
export interface LeaderRequest {
  readonly method: string;
  /** With the query, as the client sent it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Keeps connections to leaders, for requests that are handed on. */
export class LeaderConnections {
  #authorities: string | undefined;
  #http = new HttpAgent(agentOptions);
  #https = new HttpsAgent(agentOptions);

  /** `authorities`: who signs the certificates of leaders, in PEM. Undefined: whom Node.js trusts. */
  constructor(authorities: string | undefined) {
    this.#authorities = authorities;
  }

  /** Trusts these from the next connection on. */
  renewAuthorities(authorities: string | undefined): void {
    if (authorities === this.#authorities) return;
    const before = this.#https;
    this.#authorities = authorities;
    this.#https = new HttpsAgent(agentOptions);
    before.destroy();
  }

  /** Begins a request. Its body is for the caller to write. */
  begin(leaderUrl: URL, { method, path, headers }: LeaderRequest): ClientRequest {
    const { hostname, port, protocol } = urlToHttpOptions(leaderUrl);
    const base = leaderUrl.pathname.replace(/\/+$/, "");
    const options = { hostname, port, method, path: base + path, headers };
    if (protocol !== "https:") return requestHttp({ ...options, agent: this.#http });
    const ca = this.#authorities;
    return requestHttps({ ...options, agent: this.#https, ...(ca !== undefined && { ca }) });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

const agentOptions = {
  keepAlive: true,
  maxSockets: connectionsAtMost,
  maxFreeSockets: idleConnectionsAtMost,
};
