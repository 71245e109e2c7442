import type { RequestTarget } from "./request-target.ts";

// What a lenient HTTP parser let through, and a URI reference may not hold.
const notInUri = /[^\x21\x23-\x3b\x3d\x3f-\x7e]/g;
const percentEncode = (byte: string): string =>
  `%${byte.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;

/**
 * The value of `Link` that leads to the next part: this request, with another value of the parameter
 * that tells where to begin. The value must need no percent-encoding.
 */
export function nextLink({ path, query }: RequestTarget, parameter: string, value: string): string {
  const parameters = (query ?? "")
    .split("&")
    .filter((part) => part !== "" && part !== parameter && !part.startsWith(`${parameter}=`));
  const target = `${path}?${[...parameters, `${parameter}=${value}`].join("&")}`;
  return `<${target.replace(notInUri, percentEncode)}>; rel="next"`;
}
