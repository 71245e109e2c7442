/**
 * The document of all benchmarks: about 80 bytes of msgpack. A type and not an interface, so that the
 * compiler knows that it is JSON.
 */
export type UserDocument = {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  readonly score: number;
};

/** The key of document number `index`. */
export const documentKey = (index: number): string =>
  flat(`user:${String(index).padStart(10, "0")}`);

/** Document number `index`, in the state that it has after `revision` changes. */
export const documentValue = (index: number, revision = 0): UserDocument => ({
  id: index,
  name: `User Number ${index}`,
  email: `user${index}@example.com`,
  active: index % 2 === 0,
  score: index / 7 + revision,
});

/** Whether a value is document number `index` in that state, field by field. */
export function isDocument(value: UserDocument, index: number, revision: number): boolean {
  const { id, name, email, active, score } = documentValue(index, revision);
  return (
    value.id === id &&
    value.name === name &&
    value.email === email &&
    value.active === active &&
    value.score === score
  );
}

/**
 * The same string as the engine has one that it read from a file or a socket. Strings that were put
 * together from pieces are kept in pieces until somebody looks into them; that would be charged to
 * whatever store is called first.
 */
export const flat = (text: string): string => Buffer.from(text).toString();
