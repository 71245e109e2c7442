import type { ClientAnswer, ClientWrite } from "../../simulator/load/client-protocol.ts";
import { answerText, requestText } from "../../simulator/load/client-protocol.ts";

/** What a client has asked a node for, and was told. */
export class ClientCall {
  readonly node: string;
  readonly request: ClientWrite;
  /** Undefined before it came. */
  answer: ClientAnswer | undefined;

  constructor(node: string, request: ClientWrite) {
    this.node = node;
    this.request = request;
  }

  /** Where the write was acknowledged; undefined where it was not. */
  get acknowledgedOffset(): number | undefined {
    return this.answer?.kind === "written" ? this.answer.offset : undefined;
  }

  get requestText(): string {
    return requestText(this.request);
  }

  get answerText(): string {
    return this.answer === undefined ? "nothing yet" : answerText(this.answer);
  }
}
