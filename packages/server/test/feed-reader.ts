/** Reads a feed that lasts, so much of it as a test asks for. */

import { onTestFinished } from "vitest";

/** Reads the parts of a body that are separated by a text. At the end of it there are fewer. */
function partsOf(response: Response, separator: string): (count: number) => Promise<string[]> {
  if (response.body === null) throw new Error("there is no body");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(() => reader.cancel());
  let text = "";
  return async (count) => {
    for (;;) {
      const parts = text.split(separator);
      const { done, value } =
        parts.length > count ? { done: true, value: undefined } : await reader.read();
      if (done) {
        text = parts.slice(count).join(separator);
        return parts.slice(0, Math.min(count, parts.length));
      }
      text += value;
    }
  };
}

/** Reads the next Server-Sent Events, as they are written. */
export const nextEvents = (response: Response): ((count: number) => Promise<string[]>) =>
  partsOf(response, "\n\n");

/** Reads the next lines, each of which is JSON. */
export function nextLines(response: Response): (count: number) => Promise<unknown[]> {
  const lines = partsOf(response, "\n");
  return async (count) =>
    (await lines(count)).filter((line) => line !== "").map((line): unknown => JSON.parse(line));
}
