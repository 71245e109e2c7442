/** One request that is handed on to a leader, and its answer. */
import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";

import { GatheredBytes } from "../../documents/gathered-bytes.ts";
import type { Answer } from "../exchange/answer.ts";
import { incompleteBody } from "../exchange/request-body.ts";
import { ProblemError } from "../problem.ts";

import { answerHeaders } from "./forwarded-headers.ts";

/** Answers to writes are short: more is not from a leader of ours. */
const answerBytesAtMost = 1024 * 1024;

/** How long to wait, in milliseconds. */
export interface ForwardingTimes {
  /** For a connection to the leader. */
  readonly connectMs: number;
  /** For the leader to take more of a body, and to answer when it has all of it. */
  readonly silenceMs: number;
}

/** What is handed on. */
export interface HandedOn {
  readonly database: string;
  /** Begun and not ended: its body is written here. */
  readonly request: ClientRequest;
  /** In one piece, or as it comes until the signal; undefined where there is none. */
  readonly body: Uint8Array | ((signal: AbortSignal) => AsyncIterable<Uint8Array>) | undefined;
  /** Aborted when the client is gone. */
  readonly closed: AbortSignal;
  readonly times: ForwardingTimes;
}

/**
 * Sends it and resolves to the answer of the leader, whatever it is. Where nothing was sent, as there is no
 * connection, rejects with ProblemError (no_leader): it can be repeated. Where something was, and no answer
 * came, with ProblemError (outcome_unknown). Rejects with what reading the body rejects with.
 */
export async function exchangeWithLeader(handedOn: HandedOn): Promise<Answer> {
  const { request, body, closed, times } = handedOn;
  const state = new SendingState(handedOn);
  const stop = new AbortController();
  const giveUp = (): void => void request.destroy(new Error("the client is gone"));
  closed.addEventListener("abort", giveUp);
  if (closed.aborted) giveUp();
  try {
    const answered = state.answered.finally(() => stop.abort());
    const sent = sendBody(handedOn, state, stop.signal);
    // Reading the body may fail first; a leader may answer before it has all.
    const response = await Promise.race([answered, sent.then(() => answered)]);
    // Who may have answered before all of a long body had come may close the connection soon.
    if (typeof body === "function") request.shouldKeepAlive = false;
    return await readAnswer(response, request, times.silenceMs);
  } catch (error) {
    if (closed.aborted) throw incompleteBody(error);
    throw error instanceof ProblemError ? error : state.problem(error);
  } finally {
    closed.removeEventListener("abort", giveUp);
    state.end();
    if (!request.writableFinished) request.destroy();
  }
}

/** Watches a request on its way: whether anything of it may have arrived, and for how long nothing moves. */
class SendingState {
  readonly answered: Promise<IncomingMessage>;
  readonly #database: string;
  readonly #request: ClientRequest;
  readonly #times: ForwardingTimes;
  #mayHaveArrived = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ request, times, database }: HandedOn) {
    this.#database = database;
    this.#request = request;
    this.#times = times;
    this.answered = new Promise((resolve, reject) => {
      request.once("response", resolve);
      // Later errors are those of a request that is over.
      request.on("error", reject);
    });
    request.once("socket", (socket) => {
      const connected = (): void => {
        this.#mayHaveArrived = true;
        this.end();
      };
      // One that is kept from before, or was connected at once.
      if (request.reusedSocket || !socket.connecting) connected();
      else {
        this.#wait(times.connectMs, "it did not accept a connection");
        socket.once(request.protocol === "https:" ? "secureConnect" : "connect", connected);
      }
    });
  }

  /** The leader is to do something soon. */
  expect(what: string): void {
    this.#wait(this.#times.silenceMs, what);
  }

  /** Waits for nothing more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  problem(cause: unknown): ProblemError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!this.#mayHaveArrived) {
      return new ProblemError(
        {
          code: "no_leader",
          message:
            `the leader of database "${this.#database}" cannot be reached from this node, and nothing ` +
            `was written (${reason}): try again soon`,
          headers: { "retry-after": "1" },
        },
        { cause },
      );
    }
    return new ProblemError(
      {
        code: "outcome_unknown",
        message:
          `the write was handed on to the leader of database "${this.#database}", and no answer came ` +
          `(${reason}); it may have been done: repeat it with the same idempotency key, or if it had ` +
          "none, read the key first",
      },
      { cause },
    );
  }

  #wait(ms: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#request.destroy(new Error(`${what} within ${ms / 1000} s`));
    }, ms);
  }
}

/** Resolves when all is sent, or the signal has come. */
async function sendBody(
  { request, body }: HandedOn,
  state: SendingState,
  signal: AbortSignal,
): Promise<void> {
  const answerSoon = (): void => state.expect("it did not answer");
  request.once("finish", answerSoon);
  if (typeof body !== "function") {
    request.end(body);
    return;
  }
  try {
    for await (const chunk of body(signal)) {
      if (request.write(chunk)) continue;
      state.expect("it did not take more of the body");
      await once(request, "drain", { signal });
      state.end();
    }
    request.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function readAnswer(
  response: IncomingMessage,
  request: ClientRequest,
  silenceMs: number,
): Promise<Answer> {
  const bytes = new GatheredBytes();
  request.setTimeout(silenceMs, () => {
    request.destroy(new Error("its answer broke off"));
  });
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) throw new Error("assertion failed: a body is of bytes");
    if (bytes.length + chunk.length > answerBytesAtMost) {
      throw new Error("it answered more than a leader does");
    }
    bytes.add(chunk);
  }
  request.setTimeout(0);
  const { statusCode: status = 0, headers } = response;
  return { status, headers: answerHeaders(headers), body: bytes.take() };
}
