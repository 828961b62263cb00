/** An error made for the operator: a code, what happened, where, and what to do.
 *  whatever fails → [station error] → standard error, log, control answers */

export interface StationErrorParts {
  /** Upper-case, stable, listed in docs/errors.md. */
  readonly code: string;
  /** What happened, one sentence. */
  readonly what: string;
  /** File and line, device, address, publisher … */
  readonly where?: string;
  /** What the operator can do about it, in the imperative. */
  readonly action: string;
}

export class StationError extends Error {
  readonly code: string;
  readonly what: string;
  readonly where: string | undefined;
  readonly action: string;

  constructor(parts: StationErrorParts, options?: ErrorOptions) {
    super(`${parts.code}: ${parts.where ? `${parts.where}: ` : ""}${parts.what} → ${parts.action}`, options);
    this.name = "StationError";
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.action = parts.action;
  }
}
