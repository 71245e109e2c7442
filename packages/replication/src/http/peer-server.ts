/** The port on which nodes reach each other. Never the public one. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { z } from "zod";

import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import {
  catalogPath,
  catalogRequestSchema,
  protocolVersion,
  pullHeaders,
  pullPath,
  pullRequestSchema,
  refusalStatus,
  unauthorizedStatus,
  type Refusal,
} from "../protocol/messages.ts";
import type { PeerService } from "../protocol/peer-transport.ts";

import { showsSecret, type PeerCredentials } from "./credentials.ts";
import { asksForCompression, compressedRecords, recordEncoding } from "./record-compression.ts";
import { RefusalLog } from "./refusal-log.ts";
import { requestText } from "./request-text.ts";

/** A request is a handful of short fields. */
const requestBytesAtMost = 64 << 10;

export type PeerApp = Hono<{ Bindings: HttpBindings }>;

/** The routes of the peer port. `credentials` gives those that count now. */
export function createPeerApp(
  service: PeerService,
  log: NodeLog,
  credentials: () => PeerCredentials,
  clock: NodeClock,
): PeerApp {
  const app: PeerApp = new Hono();
  const refusals = new RefusalLog(log, clock);
  app.use(async (context, next) => {
    if (showsSecret(credentials(), context.req.header("authorization"))) return next();
    const message = "the secret of this cluster is needed: give every node the same";
    refusals.note(context, message);
    return context.json({ code: "unauthorized", message }, unauthorizedStatus, {
      "www-authenticate": "Bearer",
      // What is left of the request is not worth waiting for.
      connection: "close",
    });
  });
  app.post(catalogPath, async (context) => {
    const request = await parse(context, catalogRequestSchema);
    if ("refusal" in request) {
      refusals.note(context, request.refusal.message);
      return refuse(context, request.refusal);
    }
    const connection = closingOf(context.env.incoming.socket);
    return context.json(await service.catalog(request.message, connection));
  });
  app.post(pullPath, async (context) => {
    const request = await parse(context, pullRequestSchema);
    if ("refusal" in request) {
      refusals.note(context, request.refusal.message);
      return refuse(context, request.refusal);
    }
    const connection = closingOf(context.env.incoming.socket);
    const outcome = await service.pull(request.message, connection);
    if ("refusal" in outcome) return refuse(context, outcome.refusal);
    const { result, bytes } = outcome;
    const compressed = asksForCompression(context.req.header("accept-encoding"))
      ? await compressedRecords(bytes, request.message.maxBytes)
      : undefined;
    return context.body(compressed ?? bytes, 200, {
      "content-type": "application/octet-stream",
      ...(compressed && { "content-encoding": recordEncoding }),
      [pullHeaders.epoch]: String(result.epoch),
      [pullHeaders.nextOffset]: String(result.nextOffset),
      [pullHeaders.highWatermark]: String(result.highWatermark),
      [pullHeaders.endOffset]: String(result.endOffset),
      [pullHeaders.purgeLimit]: String(result.purgeLimit),
      [pullHeaders.purgeFloor]: String(result.purgeFloor),
      [pullHeaders.compactedTo]: String(result.compactedTo),
      [pullHeaders.round]: String(result.round),
    });
  });
  app.onError((error, context) => {
    log.error({ err: error, path: context.req.path }, "answering a follower failed");
    return refuse(context, { code: "unavailable", message: error.message });
  });
  return app;
}

const closings = new WeakMap<Socket, AbortSignal>();

/** Aborted when a connection is closed, be it within a request or between two of them. */
function closingOf(socket: Socket): AbortSignal {
  const known = closings.get(socket);
  if (known !== undefined) return known;
  const closing = new AbortController();
  if (socket.destroyed) closing.abort();
  else socket.once("close", () => closing.abort());
  closings.set(socket, closing.signal);
  return closing.signal;
}

/** What a request of any version says. */
const versionedSchema = z.object({ protocol: z.number() });

async function parse<Schema extends z.ZodType>(
  context: Context<{ Bindings: HttpBindings }>,
  schema: Schema,
): Promise<{ readonly message: z.infer<Schema> } | { readonly refusal: Refusal }> {
  const text = await requestText(context.env.incoming, requestBytesAtMost);
  if (text === undefined) {
    const message = `a request has at most ${requestBytesAtMost} bytes`;
    return { refusal: { code: "bad_request", message } };
  }
  const body = parsedJson(text);
  const parsed = schema.safeParse(body);
  if (parsed.success) return { message: parsed.data };
  // What else is wrong with a request of another version follows from that.
  const version = versionedSchema.safeParse(body).data?.protocol;
  if (version !== undefined && version !== protocolVersion) {
    const message =
      `this node speaks protocol ${protocolVersion}, the one that asks ${version}: run the same ` +
      "version of BoxerDB on all nodes";
    return { refusal: { code: "bad_request", message } };
  }
  const what = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return { refusal: { code: "bad_request", message: what.join("; ") } };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refuse = (context: Context, refusal: Refusal): Response =>
  context.json(refusal, refusalStatus[refusal.code]);

/** A server that listens. */
export interface PeerServer {
  readonly port: number;
  /** Shows another certificate from the next connection on. Without effect where TLS is not spoken. */
  renewIdentity(credentials: PeerCredentials): void;
  close(): Promise<void>;
}

/** Where peers are listened for. */
export interface PeerListening {
  readonly host: string;
  readonly port: number;
  /** Connections beyond it are closed at once; undefined for as many as the system lets have. */
  readonly maxConnections?: number | undefined;
}

/** A request of a follower is short: whoever takes longer is none, and only holds a connection. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
};

/** Listens on the peer port; rejects with the error of `listen`, such as EADDRINUSE. */
export async function listenForPeers(
  app: PeerApp,
  { identity }: PeerCredentials,
  { host, port, maxConnections }: PeerListening,
  log: NodeLog,
): Promise<PeerServer> {
  const respond = getRequestListener(app.fetch, { hostname: host });
  const listener: RequestListener = (incoming, outgoing) => void respond(incoming, outgoing);
  const tlsServer =
    identity === undefined
      ? undefined
      : createTlsServer(
          { ...identity, ...timeouts, handshakeTimeout: timeouts.headersTimeout },
          listener,
        );
  const server = tlsServer ?? createServer(timeouts, listener);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // Without a listener such an error would end the process.
  server.on("error", (error) => log.error({ err: error }, "accepting a follower failed"));
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)));
      // Followers keep their connections open for the next pull.
      server.closeAllConnections();
    });
  return {
    port: address.port,
    renewIdentity: (renewed) => {
      if (renewed.identity !== undefined) tlsServer?.setSecureContext(renewed.identity);
    },
    close: () => (closing ??= close()),
  };
}
