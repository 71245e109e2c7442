import { durationBoundsSeconds, Histogram } from "./histogram.ts";
import { gauge, single, type Distribution, type MetricFamily } from "./metric-family.ts";

/** Methods that are told one by one; whatever else a client may make up is one more. */
const namedMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "PUT",
  "POST",
  "DELETE",
  "OPTIONS",
  "PATCH",
]);

/** The durations of the requests to a route, by method, then by status. */
type RouteDurations = Map<string, Map<number, Histogram>>;

/** Counts requests and how long they took, by route, method and status. */
export class RequestMetrics {
  /** By the path of the route as it is declared, of which several may have the same label. */
  readonly #byPath = new Map<string, RouteDurations>();
  readonly #byLabel = new Map<string, RouteDurations>();
  #inFlight = 0;

  /** A request is about to be handled. */
  begun(): void {
    this.#inFlight++;
  }

  /** A request that had begun is about to be answered. `path` is that of its route. */
  answered(path: string, method: string, status: number, durationMs: number): void {
    this.#inFlight--;
    const route = this.#byPath.get(path) ?? this.#adoptRoute(path);
    const name = namedMethods.has(method) ? method : "other";
    let durations = route.get(name);
    if (durations === undefined) route.set(name, (durations = new Map()));
    let histogram = durations.get(status);
    if (histogram === undefined) {
      durations.set(status, (histogram = new Histogram(durationBoundsSeconds)));
    }
    histogram.observe(durationMs / 1000);
  }

  families(): readonly MetricFamily[] {
    return [
      {
        type: "histogram",
        name: "boxerdb_http_request_duration_seconds",
        help:
          "Seconds from the headers of a request until its answer begins, by route, method and status; " +
          'a body that is sent over time, as a feed, is not counted in. The route "*" is what fits no ' +
          "other. Its _count is the number of requests: a rising rate of status 5xx wants a look.",
        distributions: [...this.#distributions()],
      },
      gauge(
        "boxerdb_http_requests_in_flight",
        "Requests that are being handled. What piles up here waits for the disk or for followers.",
        single(this.#inFlight),
      ),
    ];
  }

  *#distributions(): Generator<Distribution> {
    for (const [route, byMethod] of this.#byLabel) {
      for (const [method, byStatus] of byMethod) {
        for (const [status, histogram] of byStatus) {
          yield histogram.distribution({ route, method, status });
        }
      }
    }
  }

  #adoptRoute(path: string): RouteDurations {
    const label = routeLabel(path);
    const durations = this.#byLabel.get(label) ?? new Map();
    this.#byLabel.set(label, durations);
    this.#byPath.set(path, durations);
    return durations;
  }
}

/** The path of a route without the patterns of its parts: `/api/v2/:database`. */
export const routeLabel = (path: string): string => path.replaceAll(/\{[^}]*\}/g, "");
