import { text } from "node:stream/consumers";

import { AbortError } from "@boxerdb/engine";
import { Agent, type Dispatcher } from "undici";
import type { z } from "zod";

import { problemAnswer } from "./answers.ts";
import { ServerError, UnexpectedAnswerError, UnreachableError, UntrustedError } from "./errors.ts";
import { parsedJson } from "./parsed-json.ts";

const connectTimeoutMs = 5_000;

/** An answer of the server whose status is a success. */
export interface Answer {
  readonly url: string;
  readonly text: string;
  /** The offset that the ETag names; undefined where there is none. */
  readonly offset: number | undefined;
  /** Where the next part begins, of a feed; undefined where that was not told. */
  readonly nextOffset: number | undefined;
}

/** What to ask. */
export interface Question {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** From the root of the server, percent-encoded, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What the body is. Default: JSON. */
  readonly type?: string;
}

/** How to talk to a server. */
export interface ConnectionOptions {
  /** How long an answer may take to begin, and its next part to come, in milliseconds. */
  readonly timeoutMs: number;
  /** What shows that we may; default: nothing. */
  readonly token?: string;
  /** Certificates in PEM of who signed the server's. Default: whom Node.js trusts. */
  readonly authorities?: string;
}

/** An answer whose body is taken as it comes. */
export interface Streamed {
  readonly url: string;
  /** The length of the body in bytes; undefined where that was not told. */
  readonly bytes: number | undefined;
  /** Throws UnreachableError where the connection breaks, AbortError. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** Keeps connections to one server, and turns what can go wrong with them into our errors. */
export class Connection implements AsyncDisposable {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Where the server is, as it was given. */
  readonly url: string;
  readonly #basePath: string;
  readonly #timeoutMs: number;
  readonly #authorization: Readonly<Record<string, string>>;
  readonly #agent: Agent;
  #hasAnswered = false;

  constructor(url: URL, { timeoutMs, token, authorities }: ConnectionOptions) {
    this.origin = url.origin;
    this.url = url.href.replace(/\/+$/, "");
    this.#basePath = url.pathname.replace(/\/+$/, "");
    this.#timeoutMs = timeoutMs;
    this.#authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#agent = new Agent({
      connect: {
        timeout: connectTimeoutMs,
        ...(authorities === undefined ? {} : { ca: authorities }),
      },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  async ask(question: Question): Promise<Answer> {
    const path = this.#basePath + question.path;
    const url = this.origin + path;
    const { status, headers, text } = await this.#exchange(question, path, url);
    if (status < 200 || status > 299) throw refusal(status, headers, text, url);
    return { url, text, offset: offsetOf(headers), nextOffset: nextOffsetOf(headers) };
  }

  /**
   * Asks for what takes its time: waits for the answer as long as the connection stands, and hands over
   * the body of a success as it comes. Rejects with AbortError when the signal comes.
   */
  async stream(question: Question, signal: AbortSignal): Promise<Streamed> {
    const path = this.#basePath + question.path;
    const url = this.origin + path;
    const failure = (error: unknown): Error =>
      signal.aborted
        ? new AbortError(`the request to ${url}`, signal.reason)
        : this.#unreachable(error, question.method, url);
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#agent.request({
        ...this.#request(question, path),
        headersTimeout: 0,
        signal,
      });
    } catch (error) {
      throw failure(error);
    }
    this.#hasAnswered = true;
    const { statusCode, headers, body } = response;
    const chunks = (async function* () {
      try {
        for await (const chunk of body) yield Buffer.from(chunk);
      } catch (error) {
        throw failure(error);
      }
    })();
    if (statusCode < 200 || statusCode > 299) {
      throw refusal(statusCode, headers, await text(chunks), url);
    }
    const length = header(headers, "content-length");
    return { url, bytes: length === undefined ? undefined : Number(length), chunks };
  }

  async #exchange(
    question: Question,
    path: string,
    url: string,
  ): Promise<{ status: number; headers: Headers; text: string }> {
    try {
      const response = await this.#agent.request(this.#request(question, path));
      this.#hasAnswered = true;
      const text = await response.body.text();
      return { status: response.statusCode, headers: response.headers, text };
    } catch (error) {
      throw this.#unreachable(error, question.method, url);
    }
  }

  #unreachable(error: unknown, method: Question["method"], url: string): Error {
    return unreachable(error, method, url, {
      origin: this.origin,
      timeoutMs: this.#timeoutMs,
      hasAnswered: this.#hasAnswered,
    });
  }

  #request(
    { method, headers, body, type = "application/json" }: Question,
    path: string,
  ): Dispatcher.RequestOptions {
    return {
      // The path goes out as it is: a URL object would take the key ".." for a step upwards.
      origin: this.origin,
      path,
      method,
      headers: {
        ...this.#authorization,
        ...headers,
        ...(body === undefined ? {} : { "content-type": type }),
      },
      ...(body === undefined ? {} : { body }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Reads the lines of an answer, each by a schema. Throws as `readAnswer`. */
export const readLines = <T>(answer: Answer, schema: z.ZodType<T>): T[] =>
  answer.text
    .split("\n")
    .filter((line) => line !== "")
    .map((text) => readAnswer({ ...answer, text }, schema));

/** Reads an answer by a schema. Throws UnexpectedAnswerError where it does not fit. */
export const readAnswer = <T>(answer: Answer, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(parsedJson(answer.text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new UnexpectedAnswerError(answer.url, `answered something else${place}`, {
    cause: parsed.error,
  });
};

type Headers = Dispatcher.ResponseData["headers"];

const header = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const offsetOf = (headers: Headers): number | undefined => {
  const digits = /^(?:W\/)?"(\d{1,16})"$/.exec(header(headers, "etag") ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const nextOffsetOf = (headers: Headers): number | undefined => {
  const digits = /^\d{1,16}$/.exec(header(headers, "boxerdb-next-offset") ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
};

const refusal = (status: number, headers: Headers, text: string, url: string): Error => {
  const problem = problemAnswer.safeParse(parsedJson(text));
  if (!problem.success) return new UnexpectedAnswerError(url, `answered ${status}`);
  const { code, message, leader, documents, lines } = problem.data;
  const retryAfterSeconds = Number(header(headers, "retry-after"));
  return new ServerError({
    status,
    code,
    message: message + remedyFor(code, leader),
    url,
    ...(documents === undefined || lines === undefined ? {} : { stored: { documents, lines } }),
    ...(retryAfterSeconds > 0 ? { retryAfterMs: retryAfterSeconds * 1000 } : {}),
    leader,
  });
};

/** What the message for all clients cannot say: how it is done from the command line. */
const remedyFor = (code: string, leader: string | undefined): string => {
  if (leader !== undefined) return `: write to ${leader} (--url)`;
  return code === "unauthorized" ? ". Here: --token-file, or BOXERDB_TOKEN" : "";
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Codes of failures before anything was sent, in words. */
const connectFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: `it did not accept a connection within ${connectTimeoutMs / 1000} s`,
};

const untrusted = "nobody who is trusted here has signed its certificate";

/** Codes of certificates that will not do, in words. */
const certificateFailures: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name than that of the URL",
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

interface AskedServer {
  readonly origin: string;
  readonly timeoutMs: number;
  /** Whether it has answered anything before. */
  readonly hasAnswered: boolean;
}

/** A server that speaks TLS only ends a connection on which it hears something else. */
const perhapsTls = (code: string, { origin, hasAnswered }: AskedServer): string =>
  code === "UND_ERR_SOCKET" && origin.startsWith("http:") && !hasAnswered
    ? ". If the server speaks TLS, write the URL with https://"
    : "";

const unreachable = (
  error: unknown,
  method: Question["method"],
  url: string,
  server: AskedServer,
): UnreachableError | UntrustedError => {
  const { origin, timeoutMs } = server;
  const code = codeOf(error);
  const connectFailure = connectFailures[code];
  if (connectFailure !== undefined) {
    const remedy = "`boxerdb serve` starts a server, --url names another";
    return new UnreachableError(url, `cannot reach ${origin}: ${connectFailure}. ${remedy}`, {
      cause: error,
    });
  }
  const certificateFailure = certificateFailures[code];
  if (certificateFailure !== undefined) {
    const remedy = certificateFailure === untrusted ? ". --tls-ca names who did" : "";
    const message = `${origin} is not talked to: ${certificateFailure}${remedy}`;
    return new UntrustedError(message, { cause: error });
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    const message = `${origin} does not speak TLS: write the URL with http://`;
    return new UnreachableError(url, message, { cause: error });
  }
  const timedOut = code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT";
  const what = timedOut
    ? `${origin} did not answer within ${timeoutMs / 1000} s`
    : `the connection to ${origin} broke (${code === "" ? String(error) : code})${perhapsTls(code, server)}`;
  const mayBeDone = method !== "GET";
  const doubt = mayBeDone ? ". Whether the write was done is unknown" : "";
  return new UnreachableError(url, what + doubt, { cause: error, mayBeDone });
};
