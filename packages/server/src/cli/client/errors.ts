/** The server answered, and the answer is no. */
export class ServerError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** The server's stable name of the error, such as "not_enough_replicas". */
  readonly code: string;
  /** What was asked, and of whom. */
  readonly url: string;
  /** How long the server asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Of an import: how much of it is stored all the same. */
  readonly stored: { readonly documents: number; readonly lines: number } | undefined;
  /** The URL of who leads, as far as the server that was asked knows. */
  readonly leader: string | undefined;

  constructor(answer: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly url: string;
    readonly retryAfterMs?: number | undefined;
    readonly stored?: { readonly documents: number; readonly lines: number };
    readonly leader?: string | undefined;
  }) {
    super(answer.message);
    this.name = "ServerError";
    this.status = answer.status;
    this.code = answer.code;
    this.url = answer.url;
    this.retryAfterMs = answer.retryAfterMs;
    this.stored = answer.stored;
    this.leader = answer.leader;
  }
}

/** No answer came: nobody listens, the connection broke, or it took too long. */
export class UnreachableError extends Error {
  readonly url: string;
  /** Whether what was asked for may have been done all the same. */
  readonly mayBeDone: boolean;

  constructor(url: string, message: string, options?: ErrorOptions & { mayBeDone?: boolean }) {
    super(message, options);
    this.name = "UnreachableError";
    this.url = url;
    this.mayBeDone = options?.mayBeDone ?? false;
  }
}

/** The server shows a certificate that will not do: nothing was sent to it. */
export class UntrustedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UntrustedError";
  }
}

/** Something answered that does not speak as BoxerDB does. */
export class UnexpectedAnswerError extends Error {
  readonly url: string;

  constructor(url: string, what: string, options?: ErrorOptions) {
    super(`${url} ${what}, which is not how BoxerDB answers: does --url name a BoxerDB?`, options);
    this.name = "UnexpectedAnswerError";
    this.url = url;
  }
}

const retryableStatuses: readonly number[] = [429, 503, 504];

/** Whether the same request may succeed later, without anybody changing it. */
export const isWorthRetrying = (error: unknown): error is ServerError | UnreachableError =>
  error instanceof UnreachableError ||
  (error instanceof ServerError && retryableStatuses.includes(error.status));
