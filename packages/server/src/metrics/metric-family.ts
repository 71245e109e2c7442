/** Metrics as Prometheus takes them, before they are text. */

/** The labels of a sample, by their names. Their values come from few: routes, databases, nodes; never keys. */
export type Labels = Readonly<Record<string, string | number>>;

/** One number, with what tells it from the others of its family. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** How observations are spread. */
export interface Distribution {
  readonly labels: Labels;
  /** Observations up to each upper bound, those of lower bounds counted in; bounds rise. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

/** All samples of one name. */
export type MetricFamily =
  | {
      readonly type: "counter" | "gauge";
      /** By the conventions of Prometheus: `boxerdb_` first, base units, `_total` at the end of a counter. */
      readonly name: string;
      /** What it is and what to look for, for who meets it in a dashboard. */
      readonly help: string;
      readonly samples: readonly Sample[];
    }
  | {
      readonly type: "histogram";
      readonly name: string;
      readonly help: string;
      readonly distributions: readonly Distribution[];
    };

/** A number that only rises while the process runs. Its name ends in `_total`. */
export const counter = (name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  type: "counter",
  name,
  help,
  samples,
});

/** A number that may rise and fall. */
export const gauge = (name: string, help: string, samples: readonly Sample[]): MetricFamily => ({
  type: "gauge",
  name,
  help,
  samples,
});

/** A sample without labels, of what there is one of in the process. */
export const single = (value: number): readonly Sample[] => [{ labels: {}, value }];
