/** What a load generator reports of the load that it has put on a server. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Latency of requests: percentile → milliseconds. What the generator does not tell is left out. */
  readonly latencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999?: number;
  };
}
