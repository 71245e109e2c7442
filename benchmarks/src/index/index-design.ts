/** A way of keeping keys in order in memory, each with a number of 32 bits. */
export interface IndexDesign {
  set(key: string, value: number): void;
  get(key: string): number | undefined;
  /** Goes through all keys and values in key order. */
  scan(visit: (key: string, value: number) => void): void;
  /** The sum of all values, taken in key order without looking at keys. */
  sum(): number;
}
