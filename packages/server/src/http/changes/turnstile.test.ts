import { expect, test } from "vitest";

import { Turnstile } from "./turnstile.ts";

test("one enters in each turn of the event loop, in order", async () => {
  const turnstile = new Turnstile();
  const seen: (string | number)[] = [];
  const turns = new Promise<void>((resolve) => {
    let left = 5;
    const tick = (): void => {
      seen.push("turn");
      left -= 1;
      if (left > 0) setImmediate(tick);
      else resolve();
    };
    setImmediate(tick);
  });
  for (const name of [1, 2, 3]) void turnstile.enter().then(() => seen.push(name));
  await turns;
  expect(seen).toEqual(["turn", 1, "turn", 2, "turn", 3, "turn", "turn"]);
});

test("it can be entered again when nobody has waited for a while", async () => {
  const turnstile = new Turnstile();
  await turnstile.enter();
  await turnstile.enter();
  await Promise.all([turnstile.enter(), turnstile.enter()]);
});
