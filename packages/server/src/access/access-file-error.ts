/**
 * A file with tokens, secrets or certificates cannot be used. The message names the file and, where
 * there is one, the line, and says what to do. It never quotes what is secret.
 */
export class AccessFileError extends Error {
  readonly code = "ACCESS_FILE_UNUSABLE";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
