import type { FinalRow } from '../ledger.ts';

export type Outcome = 'success' | 'timeout' | 'rate_limit' | 'auth' | 'other' | 'cancelled';

/**
 * The class in which statistics count the end of an attempt: `ok` → success, `client_gone` → cancelled,
 * `timeout` or HTTP 408/504 → timeout, 429 → rate limit, 401/403 → auth, all else (5xx, 529, a broken stream,
 * lost) → other.
 */
export function outcomeOf({ status, httpStatus }: Pick<FinalRow, 'status' | 'httpStatus'>): Outcome {
  if (status === 'ok') return 'success';
  if (status === 'client_gone') return 'cancelled';
  if (status === 'timeout' || httpStatus === 408 || httpStatus === 504) return 'timeout';
  if (httpStatus === 429) return 'rate_limit';
  if (httpStatus === 401 || httpStatus === 403) return 'auth';
  return 'other';
}
