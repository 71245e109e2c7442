import { expect, test } from "vitest";

import {
  revision,
  type ClusterView,
  type ConfigurationManager,
  type NodeLease,
} from "../src/configuration/configuration-manager.ts";

import { ProcessConfiguration } from "./process-configuration.ts";
import { SimulatedProcess } from "./time/simulated-process.ts";
import { SimulatedTime } from "./time/simulated-time.ts";
import { worldClock } from "./time/world-clock.ts";

const view: ClusterView = {
  id: "cluster",
  creator: undefined,
  revision: revision(0),
  databases: new Map(),
  nodes: new Map(),
};

/** A manager that answers everything after ten milliseconds, and what it was asked. */
function start() {
  const time = new SimulatedTime();
  const clock = worldClock(time);
  const asked: string[] = [];
  const later = <Result>(what: string, result: Result): Promise<Result> => {
    asked.push(what);
    return new Promise((resolve) => clock.after(10, () => resolve(result)));
  };
  const lease: NodeLease = {
    renew: () => later("renew", undefined),
    release: () => later("release", undefined),
  };
  const listeners = new Set<() => void>();
  const manager: ConfigurationManager = {
    read: () => later("read", view),
    compareAndSet: () => later("compareAndSet", { applied: false, current: undefined }),
    register: () => later("register", lease),
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => later("close", undefined),
  };
  const hint = (): void => listeners.forEach((listener) => listener());
  const process = new SimulatedProcess("n1");
  return { time, asked, process, hint, configuration: new ProcessConfiguration(manager, process) };
}

test("answers come as they are", async () => {
  const { time, asked, configuration } = start();
  const seen: unknown[] = [];
  const use = async (): Promise<void> => {
    seen.push(await configuration.read());
    seen.push(await configuration.compareAndSet("app", undefined, undefined));
    const lease = await configuration.register({ nodeId: "n1", peerUrl: "p", publicUrl: "u" }, 10);
    await lease.renew();
    await lease.release();
    await configuration.close();
  };
  void use();
  await time.run(1_000);
  expect(seen).toEqual([view, { applied: false, current: undefined }]);
  expect(asked).toEqual(["read", "compareAndSet", "register", "renew", "release", "close"]);
});

test("a stopped process hears late, a dead one never", async () => {
  const { time, process, hint, configuration } = start();
  const seen: string[] = [];
  configuration.watch(() => seen.push("hint"));
  const read = async (): Promise<void> => {
    await configuration.read();
    seen.push("read");
  };
  void read();
  process.stop();
  hint();
  await time.run(100);
  expect(seen).toEqual([]);
  process.continue("input");
  await time.run(200);
  expect(seen).toEqual(["hint", "read"]);
  void read();
  process.die("killed");
  hint();
  await time.run(300);
  expect(seen).toEqual(["hint", "read"]);
});
