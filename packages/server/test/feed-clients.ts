/** Two clients that follow a feed over all that happens to the server, each in its own way. */

import { setTimeout as sleep } from "node:timers/promises";

import { EventSource } from "undici";
import { z } from "zod";

const change = z.looseObject({ offset: z.number(), op: z.string(), key: z.string() });
/** A change as a client was told it. */
export type ToldChange = z.infer<typeof change>;

const progress = z.object({ next: z.number() });

/** What has been told so far, oldest first. */
export interface FeedClient extends Disposable {
  readonly told: readonly ToldChange[];
  /** How often it had to connect. */
  readonly connections: number;
}

/** A standard client of Server-Sent Events, which resumes by itself and is told nothing of offsets. */
export class EventClient implements FeedClient {
  readonly told: ToldChange[] = [];
  connections = 0;
  readonly #source: EventSource;

  constructor(url: string) {
    this.#source = new EventSource(url);
    this.#source.addEventListener("open", () => {
      this.connections += 1;
    });
    for (const type of ["put", "delete"]) {
      this.#source.addEventListener(type, (event) => {
        const { data } = z.object({ data: z.string() }).parse(event);
        this.told.push(change.parse(JSON.parse(data)));
      });
    }
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }
}

/** A client of lines, as anybody would write it: it keeps where to go on, and asks again from there. */
export class LineClient implements FeedClient {
  readonly told: ToldChange[] = [];
  connections = 0;
  readonly #url: string;
  readonly #leaving = new AbortController();
  #next = 0;

  constructor(url: string) {
    this.#url = url;
    void this.#follow();
  }

  [Symbol.dispose](): void {
    this.#leaving.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.#url}?follow&from=${this.#next}`, { signal });
        if (response.ok) this.connections += 1;
        let rest = "";
        const decoder = new TextDecoder();
        for await (const bytes of response.body ?? []) {
          const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) this.#take(JSON.parse(line));
        }
      } catch (error) {
        // The server was killed, or is away: that is what this client is for.
        if (!(error instanceof TypeError) && !signal.aborted) throw error;
      }
      if (!signal.aborted) await sleep(20);
    }
  }

  #take(line: unknown): void {
    const told = change.safeParse(line);
    if (told.success) this.told.push(told.data);
    this.#next = told.success ? told.data.offset + 1 : progress.parse(line).next;
  }
}
