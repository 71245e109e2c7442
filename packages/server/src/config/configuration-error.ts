/**
 * The configuration cannot be used. The message has a line for each thing that is wrong, each naming
 * the flag, the environment variable or the line of the file it came from, and what to do.
 */
export class ConfigurationError extends Error {
  /** Stable name of the kind of error. */
  readonly code = "CONFIGURATION";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
