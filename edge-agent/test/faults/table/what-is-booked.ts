import type { FinalRow } from '../../../src/ledger/ledger.ts';

/** One word group per attempt: status, HTTP status, tokens in and out, `~` where they are estimated. */
export function whatIsBooked(rows: readonly FinalRow[]): string {
  return rows
    .map(({ status, httpStatus, usage, estimated, errorType }) => {
      const what = errorType === null ? status : `${status}/${errorType}`;
      return `${what} ${httpStatus ?? '-'} ${usage.input}+${usage.output}${estimated ? '~' : ''}`;
    })
    .join('; ');
}
