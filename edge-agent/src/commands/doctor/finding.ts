/** One line of `doctor`. `advice` says what to do when it is not ok. */
export interface Finding {
  readonly what: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly advice?: string;
}

export function ok(what: string, found: string): Finding {
  return { what, verdict: 'ok', found };
}

export function warn(what: string, found: string, advice: string): Finding {
  return { what, verdict: 'warn', found, advice };
}

export function fail(what: string, found: string, advice: string): Finding {
  return { what, verdict: 'fail', found, advice };
}
