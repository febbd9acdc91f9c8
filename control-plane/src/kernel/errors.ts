/**
 * What a verb throws when it says no. Anything else that is thrown is a bug and answers 500 without detail.
 * `code` is stable, lower case with underscores; `message` says what to do next and never holds a secret.
 */
export class CarpoolError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  readonly retryAfterS: number | undefined;

  constructor(status: number, code: string, message: string, details?: unknown, retryAfterS?: number) {
    super(message);
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfterS = retryAfterS;
  }
}

export class Invalid extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(400, code, message, details);
  }
}

export class Unauthenticated extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(401, code, message, details);
  }
}

export class Forbidden extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(403, code, message, details);
  }
}

export class NotFound extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(404, code, message, details);
  }
}

export class Conflict extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(409, code, message, details);
  }
}

export class Precondition extends CarpoolError {
  constructor(code: string, message: string, details?: unknown) {
    super(412, code, message, details);
  }
}

/** 429. `retryAfterS` becomes the Retry-After header. */
export class LimitReached extends CarpoolError {
  constructor(code: string, message: string, details?: unknown, retryAfterS?: number) {
    super(429, code, message, details, retryAfterS);
  }
}

/** 503. The caller may try again after `retryAfterS` seconds. */
export class Unavailable extends CarpoolError {
  constructor(code: string, message: string, details?: unknown, retryAfterS = 1) {
    super(503, code, message, details, retryAfterS);
  }
}
