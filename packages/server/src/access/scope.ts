/** What a token lets its holder do, each with all that the ones before it allow. */
export const scopes = ["read", "write", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** What a route asks for; `open` asks for nothing, and for no token either. */
export type RouteScope = Scope | "open";

/** Whether who holds one scope may do what takes another. */
export const includesScope = (held: Scope, wanted: Scope): boolean =>
  scopes.indexOf(held) >= scopes.indexOf(wanted);
