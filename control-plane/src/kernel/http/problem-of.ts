import type { Problem } from '@aicarpool/shared-protocol';
import { sqlStateOf } from '../db.ts';
import { CarpoolError, Invalid, Unavailable } from '../errors.ts';

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
  /** True when nobody expected this: log it with its stack. */
  readonly isBug: boolean;
}

/** The only mapper from what was thrown to what is answered. What it does not know becomes a 500 without detail. */
export function problemOf(error: unknown, requestId: string): ProblemReply {
  const known = knownError(error);
  const retryAfterS = known?.retryAfterS;
  return {
    status: known?.status ?? 500,
    headers: retryAfterS === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterS))) },
    body: {
      success: false,
      error: {
        code: known?.code ?? 'internal',
        message: known?.message ?? 'something went wrong here; give the request id when you report it',
        ...(known?.details === undefined ? {} : { details: known.details }),
        request_id: requestId,
      },
    },
    isBug: known === undefined,
  };
}

function knownError(error: unknown): CarpoolError | undefined {
  if (error instanceof CarpoolError) return error;
  if (isDatabaseAway(error)) return new Unavailable('database_away', 'the database does not answer; try again in a moment');
  if (unstorable.has(sqlStateOf(error) ?? '')) {
    return new Invalid('invalid_input', 'something in the request holds a character that cannot be stored, such as NUL');
  }
  return undefined;
}

/** What Postgres says of NUL, in text and in JSON. */
const unstorable = new Set(['22021', '22P05']);

const driverCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
]);

/** Is this the database being gone for a while (restart, failover, shutdown), and not a mistake of ours? */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('57P') || state.startsWith('08') || state === '53300';
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (!('code' in current) || typeof current.code !== 'string' || !driverCodes.has(current.code)) continue;
    if (current.code !== 'ENOENT') return true;
    return 'syscall' in current && current.syscall === 'connect';
  }
  return false;
}
