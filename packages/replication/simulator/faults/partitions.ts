import type { Fault } from "./fault.ts";

/** Nothing comes through between two machines, either way. */
export const apart = (one: string, other: string): Fault => ({
  kind: "partition",
  from: [one],
  to: [other],
  isBothWays: true,
});

/** Nothing comes through from one machine to another; the other way is open. */
export const oneWay = (from: string, to: string): Fault => ({
  kind: "partition",
  from: [from],
  to: [to],
  isBothWays: false,
});
