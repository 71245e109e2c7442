import { documentKey, documentValue } from "../document.ts";

/** How many documents a chunk has. */
const chunkDocuments = 500;

/** The documents of all benchmarks, from the first one on, as lines of an import. */
export function* generatedLines(documents: number): Generator<Buffer> {
  for (let start = 0; start < documents; start += chunkDocuments) {
    let text = "";
    const end = Math.min(start + chunkDocuments, documents);
    for (let index = start; index < end; index++) {
      const document = { key: documentKey(index), value: documentValue(index) };
      text += `${JSON.stringify(document)}\n`;
    }
    yield Buffer.from(text);
  }
}
