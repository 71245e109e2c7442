import type { RequestListener } from "node:http";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { resolve } from "node:path";

import { open, type Store } from "@boxerdb/engine";
import type { ReplicationNode } from "@boxerdb/replication";

import { AccessControl } from "../access/access-control.ts";
import type { ServeConfiguration } from "../config/settings.ts";
import { AllowedHosts } from "../http/allowed-hosts.ts";
import { createApp } from "../http/app.ts";
import { removeStagedBackups } from "../http/backup/staged-backup.ts";
import { writeAnswer } from "../http/exchange/answer-writer.ts";
import { WriteForwarding } from "../http/forwarding/write-forwarding.ts";
import { Listener } from "../http/listener.ts";
import { RefusalCounts } from "../http/refusal-counts.ts";
import { RequestSlots } from "../http/request-slots.ts";
import { startingAnswer } from "../http/starting.ts";
import { TransferMemory } from "../http/transfer-memory.ts";
import { UnhurriedBodies } from "../http/unhurried-bodies.ts";
import { createLogger, type Logger } from "../logging/logger.ts";
import { OpeningLog } from "../logging/opening-log.ts";
import { RepeatedWarnings } from "../logging/repeated-warnings.ts";
import { logStoreEvent } from "../logging/store-events.ts";
import { ServerMetrics } from "../metrics/server-metrics.ts";

import type { ClusterPart } from "./cluster-part.ts";
import { configuredPart } from "./configured-part.ts";
import { loadCredentials, peerCredentials, type Credentials } from "./credentials.ts";
import { exposureWarnings } from "./exposure.ts";
import { HttpServer } from "./http-server.ts";
import { connectionShares, openFilesLimit } from "./open-files.ts";
import { logStart } from "./start-line.ts";
import { directoryError, listenError } from "./startup-error.ts";

/** A server that answers requests. */
export interface RunningServer extends AsyncDisposable {
  /** Where clients on this machine reach it, as in `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where followers reach a leader; undefined on a follower. */
  readonly peerUrl: string | undefined;
  readonly log: Logger;
  /**
   * Reads the tokens, the peer secret and the certificates again, and goes by them from now on. What was
   * in use stays so where one of the files is not in order; the log tells. Never rejects.
   */
  reload(): Promise<void>;
  /**
   * Stops: has other nodes lead what this one leads where leaders are elected, takes no more connections,
   * finishes the requests under way, then closes the node and the store. Resolves when nothing is left; calling it again gives the same promise.
   */
  close(): Promise<void>;
}

/** How long the requests under way may take when the server stops. */
const closeGraceMs = 10_000;

/** What a body may have beside the value: its envelope, and JSON's way of writing it. */
const envelopeBytes = 1024 * 1024;

/**
 * Starts a server: listens, opens the data directory, starts replication, then answers requests.
 * What was started before a step failed is stopped again.
 *
 * @param log where it logs to; by default as the configuration says
 * @param part how it takes part in a cluster; by default in the role that the configuration gives it
 * @throws AccessFileError where a file of tokens, secrets or certificates cannot be used; StartupError
 * where a port or the directory cannot be used; the engine's errors, such as LockedError where another
 * process holds the directory.
 */
export async function serve(
  configuration: ServeConfiguration,
  log: Logger = createLogger(configuration),
  part: ClusterPart = configuredPart(configuration),
): Promise<RunningServer> {
  const { host, peerHost } = configuration;
  const directory = resolve(configuration.dataDir);
  const credentials = loadCredentials(configuration, Date.now());
  const { identity } = credentials;
  const scheme = identity === undefined ? "http" : "https";
  const refusals = new RefusalCounts();
  const connections = connectionShares(configuration.maxConnections, openFilesLimit());
  if (connections.clients < configuration.maxConnections) {
    log.info(
      connections,
      `at most ${connections.clients} connections are taken, as the system lets this process have no more ` +
        "files open: raise its limit (ulimit -n) for more",
    );
  }
  const unhurried = new UnhurriedBodies();
  await using started = new AsyncDisposableStack();

  // The port first: a second server started by mistake fails at once, and health checks of a store
  // that takes long to open get an answer.
  const http = new HttpServer(answerStarting, {
    headersTimeoutMs: configuration.headersSeconds * 1000,
    requestTimeoutMs: configuration.requestSeconds * 1000,
    answerTimeoutMs: configuration.answerSeconds * 1000,
    keepAliveTimeoutMs: configuration.idleSeconds * 1000,
    maxConnections: connections.clients,
    connectionRequests: configuration.connectionRequests,
    identity,
    refusals,
    unhurried,
  });
  const port = await listen(http, host, configuration.port);
  started.defer(async () => {
    await http.close(0);
  });
  const warnings = new RepeatedWarnings(log, monotonicMs);
  http.watchErrors((error) => {
    warnings.warn("port", { err: error }, `port ${port} could not take a connection`);
  });
  const url = urlOf(scheme, host, port);
  const advertiseUrl = configuration.advertiseUrl ?? ownUrl(scheme, host, port);

  const metrics = new ServerMetrics();
  http.watchConnections((socket) => metrics.connections.opened(socket));
  const openingMs = monotonicMs();
  const store = await openStore(configuration, part, directory, log, metrics);
  started.defer(() => store.close());
  const openedMs = monotonicMs();
  const node = await part.start({
    store,
    // Kept in the directory: an emptied disk is another replica, a moved directory is the same.
    nodeId: configuration.nodeId ?? store.id,
    advertiseUrl,
    maxPeerConnections: connections.peers,
    credentials: peerCredentials(credentials),
    log,
  });
  await removeStagedBackups(directory);
  started.defer(() => node.close());

  const forwarding = configuration.forwardWrites
    ? new WriteForwarding({
        nodeId: node.nodeId,
        publicUrl: advertiseUrl,
        authorities: credentials.leaderAuthorities,
      })
    : undefined;
  const access =
    credentials.tokens === undefined ? undefined : new AccessControl(credentials.tokens, Date.now);
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const stopping = new AbortController();
  const api = {
    store,
    node,
    log,
    maxBodyBytes: configuration.maxValueBytes + envelopeBytes,
    maxBatchBodyBytes: configuration.maxBatchBytes + envelopeBytes,
    corsOrigins: configuration.corsOrigins,
    isClosing,
    access,
    slots: new RequestSlots(configuration.maxRequests),
    transfers: new TransferMemory(configuration.transferBytes),
    refusals,
    unhurried,
    forwarding,
    stopping: stopping.signal,
    publicUrl: advertiseUrl,
    metrics,
    warnings,
    slowRequestMs: configuration.slowRequestMs,
    monotonicMs,
  };
  // A page of another site has no token, whatever name it comes by.
  const allowedHosts =
    access === undefined
      ? new AllowedHosts([host, hostname(), new URL(advertiseUrl).hostname])
      : undefined;
  const listener = new Listener(createApp(api), api, allowedHosts);
  http.handOver((incoming, outgoing) => listener.answer(incoming, outgoing));

  const peerUrl = node.peerPort === undefined ? undefined : urlOf(scheme, peerHost, node.peerPort);
  logStart(log, { url, peerUrl, store, node, openingMs: openedMs - openingMs });
  for (const warning of [...credentials.warnings, ...exposureWarnings(configuration)]) {
    log.warn(warning);
  }

  started.move();
  const close = (): Promise<void> => {
    closing ??= stop(http, node, store, log).finally(() => forwarding?.close());
    stopping.abort();
    return closing;
  };
  const reload = (): Promise<void> => renew(configuration, { http, node, access, forwarding, log });
  return { url, peerUrl, log, reload, close, [Symbol.asyncDispose]: close };
}

/** What goes by credentials. */
interface CredentialUsers {
  readonly http: HttpServer;
  readonly node: ReplicationNode;
  readonly access: AccessControl | undefined;
  readonly forwarding: WriteForwarding | undefined;
  readonly log: Logger;
}

async function renew(configuration: ServeConfiguration, users: CredentialUsers): Promise<void> {
  const { log } = users;
  let credentials: Credentials;
  try {
    credentials = loadCredentials(configuration, Date.now());
  } catch (error) {
    log.error({ err: error }, "tokens, secrets and certificates stay as they were");
    return;
  }
  try {
    await apply(credentials, users);
  } catch (error) {
    const message =
      "tokens count as they were read, but not all secrets and certificates do: restart";
    log.error({ err: error }, message);
  }
}

async function apply(
  credentials: Credentials,
  { http, node, access, forwarding, log }: CredentialUsers,
): Promise<void> {
  const { tokens, identity, leaderAuthorities, warnings } = credentials;
  if (tokens !== undefined) access?.renew(tokens);
  if (identity !== undefined) http.renewIdentity(identity);
  forwarding?.renewAuthorities(leaderAuthorities);
  await node.renewCredentials(peerCredentials(credentials));
  log.info(
    { tokens: tokens?.size, certificateValidTo: identity?.validTo },
    "tokens, secrets and certificates were read again and count from now on",
  );
  for (const warning of warnings) log.warn(warning);
}

const monotonicMs = (): number => performance.now();

async function stop(
  http: HttpServer,
  node: ReplicationNode,
  store: Store,
  log: Logger,
): Promise<void> {
  // Clients are told meanwhile who leads what this node has left.
  await node.retire();
  log.info("stopping: no more connections are taken, requests under way are finished");
  const finished = await http.close(closeGraceMs);
  if (!finished) log.warn(`requests that took longer than ${closeGraceMs / 1000} s were cut off`);
  // Requests are answered by now; whatever fails below loses nothing that was acknowledged.
  await node.close();
  await store.close();
  log.info("stopped");
}

async function listen(http: HttpServer, host: string, port: number): Promise<number> {
  try {
    return await http.listen(host, port);
  } catch (error) {
    throw listenError(error, host, port, "--port");
  }
}

async function openStore(
  { durability, segmentBytes, memoryBytes, maxValueBytes, maxBatchBytes }: ServeConfiguration,
  { damagedDatabases }: ClusterPart,
  directory: string,
  log: Logger,
  metrics: ServerMetrics,
): Promise<Store> {
  const opening = new OpeningLog(log, monotonicMs);
  try {
    return await open(directory, {
      commit: "replicated",
      damagedDatabases,
      durability,
      segmentBytes,
      memoryBytes,
      maxValueBytes,
      maxBatchBytes,
      onEvent: (event) =>
        event.type === "opening" ? opening.tell(event) : logStoreEvent(log, event),
      onGroupWritten: (group) => metrics.groups.written(group),
    });
  } catch (error) {
    throw directoryError(error, directory);
  }
}

type Scheme = "http" | "https";

const isEverywhere = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** The URL of an address that is listened on; of all addresses, the one of this machine. */
function urlOf(scheme: Scheme, host: string, port: number): string {
  if (isEverywhere(host)) return `${scheme}://127.0.0.1:${port}`;
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The URL under which other machines may reach an address that is listened on. */
const ownUrl = (scheme: Scheme, host: string, port: number): string =>
  urlOf(scheme, isEverywhere(host) ? hostname() : host, port);

/** Answers while the data is opened. */
const answerStarting: RequestListener = (incoming, outgoing) => {
  writeAnswer(outgoing, incoming.method ?? "", startingAnswer(incoming));
};
