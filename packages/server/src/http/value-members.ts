import type { Storable } from "@boxerdb/engine";

/** How a value stands within JSON: as `value`, or bytes as `base64`. */
export const valueMembers = (
  value: Storable,
): { readonly value: Storable } | { readonly base64: string } =>
  value instanceof Uint8Array ? { base64: toBase64(value) } : { value };

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
