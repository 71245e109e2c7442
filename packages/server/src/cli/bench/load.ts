import { setImmediate as nextTurn } from "node:timers/promises";

import type { Clock } from "../clock.ts";

import { LatencyRecorder, type Measurement } from "./measurement.ts";

/** How long calls that never wait may keep everybody else from their turn. */
const turnMs = 10;

/** Some work that is done again and again. */
export interface Load {
  /** How many calls go on at a time: each worker makes its next one when it has the answer. */
  readonly workers: number;
  /** How many operations one call comes to. */
  readonly operationsPerCall: number;
  /** When it is over: after so many calls, or after so long. */
  readonly until: { readonly calls: number } | { readonly durationMs: number };
  /** Makes one call. `turn` counts calls from 0, those of all workers together. */
  readonly call: (turn: number) => Promise<void> | void;
}

/** What a load is run with. */
export interface LoadContext {
  readonly clock: Clock;
  /** Ends it before its time; what was measured until then is still told. */
  readonly signal: AbortSignal;
  /** Hears now and then which share of it is done, from 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Runs a load and measures it. Rejects with what a call rejected with, when all workers have ended. */
export const runLoad = async (load: Load, context: LoadContext): Promise<Measurement> => {
  const { clock, signal, onProgress } = context;
  const { workers, operationsPerCall, until, call } = load;
  const latencies = new LatencyRecorder();
  const startedMs = clock.now();
  let turns = 0;
  let calls = 0;
  let lastTurnMs = startedMs;
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const shareDone = (): number =>
    "calls" in until ? turns / until.calls : (clock.now() - startedMs) / until.durationMs;
  const worker = async (): Promise<void> => {
    while (!stop.aborted && shareDone() < 1) {
      const turn = turns++;
      const calledMs = clock.now();
      // An await costs a call that has its answer already as much as the work itself.
      const answer = call(turn);
      if (answer !== undefined) await answer;
      const nowMs = clock.now();
      latencies.record(nowMs - calledMs);
      calls++;
      if (nowMs - lastTurnMs < turnMs) continue;
      lastTurnMs = nowMs;
      onProgress(Math.min(1, shareDone()));
      await nextTurn();
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      failure.abort(error);
    }
  };
  await Promise.all(Array.from({ length: workers }, guarded));
  failure.signal.throwIfAborted();
  return {
    operations: calls * operationsPerCall,
    durationMs: clock.now() - startedMs,
    latencyMs: latencies.latency(),
  };
};
