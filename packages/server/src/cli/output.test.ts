import { PassThrough, Writable } from "node:stream";

import { expect, test, vi } from "vitest";

import { Output, OutputClosedError } from "./output.ts";

test("a writer waits for a slow reader", async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const output = new Output(stream);
  const written = vi.fn<() => void>();
  const write = async (): Promise<void> => {
    await output.write("more than four bytes");
    written();
  };
  const writing = write();
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).not.toHaveBeenCalled();
  stream.resume();
  await writing;
  expect(written).toHaveBeenCalledOnce();
});

const failing = (code: string): Writable =>
  new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      setImmediate(() => done(Object.assign(new Error(`write ${code}`), { code })));
    },
  });

test("a reader that has gone ends the writing, also while it waits", async () => {
  const output = new Output(failing("EPIPE"));
  await expect(output.write("text")).rejects.toBeInstanceOf(OutputClosedError);
  await expect(output.write("text")).rejects.toBeInstanceOf(OutputClosedError);
});

test("another failure is told as it is", async () => {
  await expect(new Output(failing("ENOSPC")).write("text")).rejects.toThrow("write ENOSPC");
});

test("only a terminal has a width", () => {
  expect(new Output(new PassThrough()).width).toBeUndefined();
  expect(new Output(Object.assign(new PassThrough(), { isTTY: true, columns: 50 })).width).toBe(50);
  expect(new Output(Object.assign(new PassThrough(), { isTTY: true })).width).toBe(80);
});
