const quote = 0x22;
const backslash = 0x5c;
const bracket = 0x5b;
const brace = 0x7b;

/**
 * Whether JSON in UTF-8 has more than `most` arrays and objects, told before it is parsed: parsed, each
 * takes twenty to sixty times the byte or two that it takes in the text. Of what is not JSON the answer
 * means nothing, but comes all the same.
 */
export function hasMoreContainers(json: Uint8Array, most: number): boolean {
  // Each takes a byte at least.
  if (json.byteLength <= most) return false;
  let count = 0;
  let isInString = false;
  for (let index = 0; index < json.byteLength; index++) {
    const byte = json[index];
    if (byte === quote) isInString = !isInString;
    else if (isInString) {
      // What it escapes may be a quote.
      if (byte === backslash) index++;
    } else if ((byte === bracket || byte === brace) && ++count > most) return true;
  }
  return false;
}
