import { expect, it } from 'vitest';
import { refusals } from './refusal.ts';

it('asks nobody to try again what cannot succeed, and says 429 or 5xx or 408 where it can', () => {
  for (const [code, { status, retry }] of Object.entries(refusals)) {
    const invites = status === 408 || status === 429 || status >= 500;
    expect([code, retry]).toEqual([code, invites]);
  }
});
