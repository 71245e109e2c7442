import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Figures } from "../report/figures.ts";

import { isWorkerMessage, type Task } from "./task.ts";

const script = fileURLToPath(new URL("worker.ts", import.meta.url));

/**
 * Does a task in a process of its own; resolves to its figures when that has ended. `kill`: it is
 * killed by SIGKILL as soon as it has sent them, with everything open.
 */
export async function runTask(
  task: Task,
  tell: (text: string) => void,
  end: "let it end" | "kill" = "let it end",
): Promise<Figures> {
  const child = fork(script, [JSON.stringify(task)], {
    execArgv: ["--conditions=source", "--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let figures: Figures | undefined;
  child.on("message", (message) => {
    if (!isWorkerMessage(message)) return;
    if (message.type === "progress") {
      tell(message.text);
    } else {
      figures = message.figures;
      if (end === "kill") child.kill("SIGKILL");
    }
  });
  await once(child, "exit");
  if (figures === undefined) {
    const { exitCode, signalCode } = child;
    throw new Error(`${task.work} of ${task.subject} failed: ${signalCode ?? `code ${exitCode}`}`);
  }
  return figures;
}
