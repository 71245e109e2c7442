/** The media types in which values come and go, beside JSON. */
export const octetStream = "application/octet-stream";
export const msgpackTypes: readonly string[] = [
  "application/msgpack",
  "application/vnd.msgpack",
  "application/x-msgpack",
];

/** The type of a `Content-Type` without its parameters, in small letters. */
export const mediaTypeOf = (contentType: string | undefined): string | undefined =>
  contentType?.split(";", 1)[0]?.trim().toLowerCase();
