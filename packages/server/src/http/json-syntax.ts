/** Where a text stops being JSON, and what is wrong there. */
export interface JsonError {
  /** From 0, in UTF-16 code units. */
  readonly index: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  readonly message: string;
}

const whiteSpace = /[ \t\n\r]*/y;
const tokenPattern = /[{}[\],:]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// All but quotes, backslashes and control characters.
const charactersPattern = /[ !#-[\]-\uffff]*/y;
const escapePattern = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Finds where a text that `JSON.parse` refused goes wrong; undefined where it is JSON after all.
 * `JSON.parse` itself tells the place for some errors only, and in words that change between
 * versions. Takes time linear in the length, and no stack, however deep the text nests.
 */
export function jsonErrorAt(text: string): JsonError | undefined {
  const grammar = new JsonGrammar();
  let index = 0;
  for (;;) {
    index = endOf(whiteSpace, text, index) ?? index;
    if (index === text.length && grammar.expected === "nothing more") return undefined;
    const end = text[index] === '"' ? endOfString(text, index) : endOf(tokenPattern, text, index);
    if (end === undefined || !grammar.take(text.slice(index, end))) {
      const message = describe(text[index], end !== undefined, grammar.expected);
      return errorAt(text, index, message);
    }
    index = end;
  }
}

/** Where the match of a sticky pattern that begins at `index` ends. */
function endOf(pattern: RegExp, text: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Where the string that begins at `start` ends. One pattern for all of it would need stack. */
function endOfString(text: string, start: number): number | undefined {
  let index = start + 1;
  for (;;) {
    index = endOf(charactersPattern, text, index) ?? index;
    if (text[index] === '"') return index + 1;
    const end = endOf(escapePattern, text, index);
    if (end === undefined) return undefined;
    index = end;
  }
}

/** What may come next, in the words of a message. */
type Expected =
  | "a value"
  | "a value or ]"
  | "a field name in double quotes or }"
  | "a field name in double quotes"
  | ":"
  | ", or ]"
  | ", or }"
  | "nothing more";

/** Knows after each token of a JSON text what may come next. */
class JsonGrammar {
  expected: Expected = "a value";
  /** What is open around the next token, outermost first. */
  readonly #open: ("[" | "{")[] = [];

  /** Takes the next token; false where it may not come here. */
  take(token: string): boolean {
    switch (this.expected) {
      case "a value or ]":
        return token === "]" ? this.#close() : this.#startValue(token);
      case "a value":
        return this.#startValue(token);
      case "a field name in double quotes or }":
        return token === "}" ? this.#close() : this.#startField(token);
      case "a field name in double quotes":
        return this.#startField(token);
      case ":":
        return token === ":" && this.#expect("a value");
      case ", or ]":
        return token === "]" ? this.#close() : token === "," && this.#expect("a value");
      case ", or }":
        if (token === "}") return this.#close();
        return token === "," && this.#expect("a field name in double quotes");
      case "nothing more":
        break;
    }
    return false;
  }

  #expect(expected: Expected): true {
    this.expected = expected;
    return true;
  }

  #startField(token: string): boolean {
    return token.startsWith('"') && this.#expect(":");
  }

  #startValue(token: string): boolean {
    switch (token) {
      case "{":
        this.#open.push("{");
        return this.#expect("a field name in double quotes or }");
      case "[":
        this.#open.push("[");
        return this.#expect("a value or ]");
      case "}":
      case "]":
      case ",":
      case ":":
        return false;
      default:
        return this.#endValue();
    }
  }

  #close(): true {
    this.#open.pop();
    return this.#endValue();
  }

  #endValue(): true {
    const around = this.#open.at(-1);
    if (around === undefined) return this.#expect("nothing more");
    return this.#expect(around === "[" ? ", or ]" : ", or }");
  }
}

function describe(found: string | undefined, isToken: boolean, expected: string): string {
  if (found === undefined) return `expected ${expected}, but the text ends`;
  if (found === '"' && !isToken) {
    return "this string is not closed, or holds a control character or an unknown escape";
  }
  return `expected ${expected}, not ${JSON.stringify(found)}`;
}

function errorAt(text: string, index: number, message: string): JsonError {
  let line = 1;
  let lineStart = 0;
  // Not by splitting the text: each of its lines would take memory.
  for (;;) {
    const end = text.indexOf("\n", lineStart);
    if (end === -1 || end >= index) break;
    line++;
    lineStart = end + 1;
  }
  return { index, line, column: index - lineStart + 1, message };
}
