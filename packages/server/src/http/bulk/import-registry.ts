import { addAbortListener } from "node:events";

import { incompleteBody } from "../exchange/request-body.ts";

/** A request that has an import for itself. */
export interface ImportTurn extends Disposable {
  /** Aborted when another request wants to go on with the import. */
  readonly superseded: AbortSignal;
}

/**
 * Sees to it that one request at a time works on an import. The newest one does: the connection of the
 * one before may be long dead without anybody having noticed.
 */
export class ImportRegistry {
  readonly #running = new Map<string, { stop(): void; readonly ended: Promise<undefined> }>();

  /**
   * Resolves when the request before, which is told to stop, has stopped.
   *
   * @param gone aborted when the client of this request waits no more
   * @throws ProblemError (incomplete_body) then
   */
  async begin(database: string, id: string, gone: AbortSignal): Promise<ImportTurn> {
    const name = `${database}/${id}`;
    const left = Promise.withResolvers<undefined>();
    using cleanup = new DisposableStack();
    cleanup.use(addAbortListener(gone, () => left.resolve(undefined)));
    for (let before = this.#running.get(name); before; before = this.#running.get(name)) {
      before.stop();
      await Promise.race([before.ended, left.promise]);
      if (gone.aborted) throw incompleteBody(gone.reason);
    }
    const controller = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    this.#running.set(name, { stop: () => controller.abort(), ended });
    return {
      superseded: controller.signal,
      [Symbol.dispose]: () => {
        this.#running.delete(name);
        resolve(undefined);
      },
    };
  }
}
