import { setTimeout as pause } from "node:timers/promises";

import { z } from "zod";

import { lineBlocks } from "../../documents/line-blocks.ts";
import { problemAnswer } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import type { Streamed } from "../client/connection.ts";
import { ServerError, UnexpectedAnswerError } from "../client/errors.ts";
import { parsedJson } from "../client/parsed-json.ts";

import type { ContentQuestion, ContentSide, Opened, Position } from "./content-side.ts";

/** How long a server waits for an offset: less than the other one keeps an answer that nobody reads. */
const waitSeconds = 10;

/** One that catches up says so at once, and is asked again. */
const catchingUpPauseMs = 500;

/** A line holds two keys at most. */
const maxLineBytes = 64 * 1024;

const whole = z.int().nonnegative();

const head = z.object({ offset: whole.nullable(), expiresAfter: whole });
const range = z.object({
  collection: z.string(),
  through: z.string().nullable(),
  keys: whole,
  bytes: whole,
  hash: z.string(),
});
const total = z.object({ keys: whole, bytes: whole, hash: z.string() });
const key = z.object({ collection: z.string(), key: z.string(), offset: whole, hash: z.string() });
const endOfKeys = z.object({ keys: whole });
const failed = z.object({ problem: problemAnswer.extend({ status: whole }) });

/** A running server. */
export class ServerSide implements ContentSide {
  readonly isFixed = false;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  get name(): string {
    return this.#client.url;
  }

  async positions(): Promise<ReadonlyMap<string, Position>> {
    const { status } = await this.#client.status();
    return new Map(
      status.databases.map(({ name, keys, offsets }) => [
        name,
        { offset: offsets.highWatermark - 1, keys },
      ]),
    );
  }

  async open(
    { database, offset, expiresAfter, span }: ContentQuestion,
    of: "ranges" | "keys",
    signal: AbortSignal,
  ): Promise<Opened> {
    const ended = new AbortController();
    const query = {
      expiresAfter,
      keys: of === "keys",
      ...(offset !== undefined && { offset, wait: waitSeconds }),
      ...(span !== undefined && { collection: span.collection }),
      ...(span?.gt !== undefined && { gt: span.gt }),
      ...(typeof span?.through === "string" && { lte: span.through }),
    };
    try {
      const any = AbortSignal.any([signal, ended.signal]);
      const streamed = await this.#client.contentHashes(database, query, any);
      const lines = new AnswerLines(streamed);
      const { offset: at } = await lines.head();
      const content = {
        offset: at ?? -1,
        ranges: () => lines.until(range, total),
        keys: async function* () {
          yield* lines.until(key, endOfKeys);
        },
        [Symbol.asyncDispose]: async () => ended.abort(),
      };
      return { content };
    } catch (error) {
      ended.abort();
      if (!(error instanceof ServerError)) throw error;
      if (error.code === "offset_passed") return { refused: "passed" };
      if (error.code === "offset_not_reached") return { refused: "behind" };
      // Of what it holds it shows nothing before it has caught up, so it is behind any offset.
      if (offset !== undefined && error.code === "catching_up") {
        await pause(catchingUpPauseMs, undefined, { signal });
        return { refused: "behind" };
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}

/** The lines of an answer, one after the other. Throws ServerError where one tells a problem. */
class AnswerLines {
  readonly #url: string;
  readonly #lines: AsyncGenerator<unknown, void, void>;

  constructor({ url, chunks }: Streamed) {
    this.#url = url;
    this.#lines = parsedLines(chunks);
  }

  async head(): Promise<z.output<typeof head>> {
    return this.#read(head);
  }

  /** Items up to the line that ends them, which is returned. */
  async *until<Item, End>(
    item: z.ZodType<Item>,
    end: z.ZodType<End>,
  ): AsyncGenerator<Item, End, void> {
    for (;;) {
      const told = await this.#read(
        z.union([item.transform((is) => ({ is })), end.transform((ends) => ({ ends }))]),
      );
      if ("ends" in told) return told.ends;
      yield told.is;
    }
  }

  async #read<Told>(schema: z.ZodType<Told>): Promise<Told> {
    const step = await this.#lines.next();
    if (step.done === true) throw new UnexpectedAnswerError(this.#url, "broke off its answer");
    const problem = failed.safeParse(step.value);
    if (problem.success) throw new ServerError({ ...problem.data.problem, url: this.#url });
    const parsed = schema.safeParse(step.value);
    if (parsed.success) return parsed.data;
    throw new UnexpectedAnswerError(this.#url, "answered something else", { cause: parsed.error });
  }
}

async function* parsedLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator {
  for await (const { texts } of lineBlocks(chunks, { maxLineBytes })) {
    for (const text of texts) yield parsedJson(text);
  }
}
