/** What every server is asked to do, as far as it can. */

/** get: one document. put: one document, durable when it is answered. batch: many of them at once. */
export const works = ["get", "put", "batch"] as const;
export type Work = (typeof works)[number];

/** Clients that each wait for their answer before they ask again. */
export const connections = 64;

/** Puts of one batch. */
export const batchOperations = 100;
