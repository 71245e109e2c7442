import { logOffset } from "@boxerdb/engine";
import type { ClientAnswer, ClientRequest, ClusterAccess } from "@boxerdb/replication/test";
import { z } from "zod";

import { databaseName } from "./process-cluster.ts";
import type { ServedNode } from "./served-node.ts";

/** After so long a client gives a call up. */
const timeoutMs = 5_000;

const valueSchema = z.object({ value: z.string() });
const writtenSchema = z.object({ offset: z.number().transform(logOffset) });
const problemSchema = z.object({ code: z.string(), leader: z.string().optional() });

/** Codes that say that something was not done, and will not be. */
const refusals: readonly string[] = ["no_leader", "not_enough_replicas", "not_leader", "starting"];
/** Codes that leave that open. A node may answer no others here. */
const doubts: readonly string[] = ["outcome_unknown", "not_ready"];

interface HttpAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly text: string;
}

/** The way to one collection of a cluster by the HTTP API of its nodes. */
export class HttpAccess implements ClusterAccess {
  readonly nodes: readonly string[];
  readonly #nodes: readonly ServedNode[];
  readonly #collection: string;

  constructor(nodes: readonly ServedNode[], collection: string) {
    this.#nodes = nodes;
    this.#collection = collection;
    this.nodes = nodes.map(({ nodeId }) => nodeId);
  }

  async call(nodeId: string, request: ClientRequest): Promise<ClientAnswer> {
    const node = this.#nodes.find((one) => one.nodeId === nodeId);
    if (node === undefined) return { kind: "refused", code: "no such node" };
    const path = `/api/v2/${databaseName}/${this.#collection}/${request.key}`;
    let response: HttpAnswer;
    try {
      const answer = await fetch(node.url + path + queryOf(request), {
        ...this.#wish(request),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const { status, headers } = answer;
      response = { status, etag: headers.get("etag"), text: await answer.text() };
    } catch (error) {
      // A read that nobody answered has done nothing; neither has what was not even sent.
      const isCertain = request.kind === "get" || isNotSent(error);
      return { kind: isCertain ? "refused" : "unknown", code: String(error) };
    }
    return this.#understand(request, response);
  }

  #wish(request: ClientRequest): RequestInit {
    if (request.kind === "get") return {};
    const { ifOffset, idempotencyKey } = request;
    const headers: Record<string, string> = {};
    if (ifOffset === null) headers["if-none-match"] = "*";
    else if (ifOffset !== undefined) headers["if-match"] = `"${ifOffset}"`;
    // One key counts in all of a database.
    if (idempotencyKey !== undefined) {
      headers["idempotency-key"] = `${this.#collection}-${idempotencyKey}`;
    }
    if (request.kind === "delete") return { method: "DELETE", headers };
    headers["content-type"] = "application/json";
    return { method: "PUT", headers, body: JSON.stringify({ value: request.value }) };
  }

  #understand(request: ClientRequest, { status, etag, text }: HttpAnswer): ClientAnswer {
    if (status === 200 && request.kind === "get") {
      const { value } = valueSchema.parse(JSON.parse(text));
      return { kind: "found", value, offset: logOffset(Number(etag?.replaceAll('"', ""))) };
    }
    if (status === 200) {
      return { kind: "written", offset: writtenSchema.parse(JSON.parse(text)).offset };
    }
    const { code, leader } = problemSchema.parse(JSON.parse(text));
    if (code === "not_found") return { kind: "absent" };
    if (code === "precondition_failed") return { kind: "conflict" };
    const isRefused = refusals.includes(code);
    if (!isRefused && !doubts.includes(code)) throw new Error(`unexpected answer: ${text}`);
    if (!isRefused && request.kind !== "get") return { kind: "unknown", code };
    const named = this.#nodes.find(({ url }) => url === leader)?.nodeId;
    return { kind: "refused", code, ...(named === undefined ? {} : { leader: named }) };
  }
}

const queryOf = (request: ClientRequest): string =>
  request.kind !== "get" ? "" : `?consistency=${request.consistency}`;

const isNotSent = (error: unknown): boolean => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
};
