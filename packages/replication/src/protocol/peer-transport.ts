/** The network as replication sees it. Injected, so that the code that ships also runs on a simulated one. */
import type {
  CatalogRequest,
  CatalogResponse,
  PullRequest,
  PullResult,
  Refusal,
} from "./messages.ts";

/** Records for a follower, or why it gets none. */
export type PullOutcome =
  | { readonly refusal: Refusal }
  | { readonly result: PullResult; readonly bytes: Buffer<ArrayBuffer> };

/** What a node answers to its peers. */
export interface PeerService {
  /** `connection` is aborted when the connection by which the request came is closed. */
  catalog(request: CatalogRequest, connection: AbortSignal): Promise<CatalogResponse>;
  pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome>;
}

/** The way to one peer. Calls reject with PeerError where it cannot be reached or is not understood. */
export interface PeerClient {
  catalog(request: CatalogRequest, signal: AbortSignal): Promise<CatalogResponse>;
  pull(request: PullRequest, signal: AbortSignal): Promise<PullOutcome>;
  close(): Promise<void>;
}

/** Opens ways to peers. `peerUrl`: as a node has told it, or as it was configured. */
export type PeerConnector = (peerUrl: string) => PeerClient;
