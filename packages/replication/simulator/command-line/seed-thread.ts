/** What runs in each thread of `ThreadWorker`: takes seeds, and answers with what came of them. */
import { parentPort, workerData } from "node:worker_threads";

import { z } from "zod";

import { LocalWorker } from "./seed-worker.ts";
import { simulations } from "./simulations.ts";
import { threadTaskSchema } from "./thread-worker.ts";

if (parentPort === null) throw new Error("assertion failed: this is a thread of the simulator");
const port = parentPort;
const { names, lastLines } = threadTaskSchema.parse(workerData);
const chosen = simulations.filter(({ name }) => names.includes(name));
const worker = new LocalWorker(chosen, { last: lastLines });

port.on("message", (message: unknown) => {
  void worker.run(z.int().parse(message)).then((reports) => port.postMessage(reports));
});
