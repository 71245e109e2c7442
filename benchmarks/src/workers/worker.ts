/** A process that does one task and sends its figures. Arguments: the task as JSON. */
import { measurements } from "./measurements.ts";
import type { Task, WorkerMessage } from "./task.ts";

const task: Task = JSON.parse(process.argv[2] ?? "{}");

const send = (message: WorkerMessage): void => {
  process.send?.(message);
};

const measure = measurements[task.work];
if (measure === undefined) throw new Error(`assertion failed: no measurement "${task.work}"`);
const figures = await measure(task, (text) => send({ type: "progress", text }));
// What this system does not tell is no figure, and JSON has no NaN.
const known = Object.entries(figures).filter(([, value]) => Number.isFinite(value));
send({ type: "figures", figures: Object.fromEntries(known) });
