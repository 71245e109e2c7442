import type { Death } from "../time/simulated-process.ts";

/** What can go wrong. `node` is the name of a machine. */
export type Fault =
  /** The program, or the machine with it, goes down, and is started again at the end. */
  | { readonly kind: "crash"; readonly node: string; readonly death: Death }
  /** As a crash, and a bit of the disk is another one afterwards. */
  | { readonly kind: "bit rot"; readonly node: string }
  /** A bit of what a node has on its disk becomes another one while it runs, and nobody is told. */
  | { readonly kind: "bit rot in use"; readonly node: string }
  /** As a crash, and the disk is empty afterwards. */
  | { readonly kind: "lost disk"; readonly node: string }
  /** The process does nothing and hears nothing, as by SIGSTOP. */
  | { readonly kind: "stop"; readonly node: string }
  /** As a stop of which only the wall clock knows afterwards: of a virtual machine, or one whose lid is closed. */
  | { readonly kind: "suspend"; readonly node: string }
  /** Nothing comes from one side to the other, or either way. */
  | {
      readonly kind: "partition";
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly isBothWays: boolean;
    }
  /** All connections of a node break. */
  | { readonly kind: "cut connections"; readonly node: string }
  | {
      readonly kind: "lossy network";
      readonly requestLossRate: number;
      readonly answerLossRate: number;
    }
  | { readonly kind: "slow network"; readonly factor: number }
  | { readonly kind: "slow disk"; readonly node: string; readonly factor: number }
  | { readonly kind: "full disk"; readonly node: string; readonly freeBytes: number }
  /** The share `rate` of the operations of a kind fails with EIO. */
  | {
      readonly kind: "failing disk";
      readonly node: string;
      readonly operation: "read" | "write" | "sync";
      readonly rate: number;
    }
  | { readonly kind: "clock jump"; readonly node: string; readonly byMs: number }
  /** The configuration manager answers nobody. */
  | { readonly kind: "manager down" }
  | { readonly kind: "slow manager"; readonly factor: number }
  | { readonly kind: "lost manager replies"; readonly rate: number }
  /** An operator wants a node to lead. No fault, but a change at a bad time is as good as one. */
  | { readonly kind: "handover"; readonly node: string }
  /** A node is stopped as its operator does, and joins again at the end, with an empty disk if need be. */
  | { readonly kind: "absence"; readonly node: string; readonly losesDisk: boolean }
  /** Somebody drops a database, which is created again by the next who writes to it. */
  | { readonly kind: "drop database" };

export type FaultKind = Fault["kind"];

/** A fault and its time. All that lasts is healed at its end. */
export interface PlannedFault {
  readonly atMs: number;
  readonly lastsMs: number;
  readonly fault: Fault;
}

/** A fault in one line. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case "crash":
      return fault.death === "killed" ? "process killed" : "power lost";
    case "partition": {
      const arrow = fault.isBothWays ? "and" : "to";
      return `nothing comes through from ${fault.from.join(", ")} ${arrow} ${fault.to.join(", ")}`;
    }
    case "lossy network":
      return `lossy network: ${percent(fault.requestLossRate)} of requests, ${percent(fault.answerLossRate)} of answers`;
    case "slow network":
    case "slow disk":
    case "slow manager":
      return `${fault.kind}, ${fault.factor.toFixed(1)} times`;
    case "full disk":
      return `full disk, ${fault.freeBytes} bytes are left`;
    case "failing disk":
      return `failing disk: ${percent(fault.rate)} of each ${fault.operation}`;
    case "clock jump":
      return `wall clock jumps by ${(fault.byMs / 1_000).toFixed(3)} s`;
    case "lost manager replies":
      return `the manager's replies are lost: ${percent(fault.rate)}`;
    case "bit rot":
    case "bit rot in use":
    case "lost disk":
    case "stop":
    case "suspend":
    case "cut connections":
    case "manager down":
    case "handover":
    case "drop database":
      return fault.kind;
    case "absence":
      return fault.losesDisk ? "absence, and an empty disk afterwards" : "absence";
  }
}

/** Whom a fault befalls, for the transcript. */
export const victimOf = (fault: Fault): string =>
  "node" in fault
    ? fault.node
    : fault.kind.includes("manager")
      ? "manager"
      : fault.kind === "drop database"
        ? "operator"
        : "network";

const percent = (rate: number): string => `${(rate * 100).toFixed(1)} %`;
