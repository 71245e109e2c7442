/**
 * A string that holds one byte of UTF-8 in each character (Latin-1). Comparing two of them compares
 * their bytes, which is the order of keys; comparing JavaScript strings would not, as UTF-16 puts
 * the characters beyond U+FFFF before U+E000 to U+FFFF. For ASCII the two are the same string.
 */
declare const brand: unique symbol;
export type ByteString = string & { readonly [brand]: "ByteString" };

// Every character beyond ASCII takes more bytes of UTF-8 than it has UTF-16 code units.
const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

/** The UTF-8 bytes of a string. */
export function byteStringOf(text: string): ByteString {
  return (isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1")) as ByteString;
}

/** The string whose UTF-8 bytes these are. */
export function textOf(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}
