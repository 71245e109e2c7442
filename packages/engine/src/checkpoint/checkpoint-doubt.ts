/**
 * A checkpoint that does not stand for the log beside it, or is not as it was written. Costs time only:
 * the log is read instead. Never leaves the engine.
 */
export class CheckpointDoubt extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "CheckpointDoubt";
  }
}
