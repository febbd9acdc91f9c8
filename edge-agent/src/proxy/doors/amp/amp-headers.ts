import { headerGate } from '../../../upstreams/header-rules.ts';

/** What Amp's servers learn of a caller: which program he runs. Not which machine: no installation id, no fingerprint. */
const passes = headerGate({
  exact: [
    'accept',
    'accept-language',
    'content-encoding',
    'content-type',
    'if-none-match',
    'user-agent',
    'x-amp-client-application',
    'x-amp-client-type',
    'x-amp-client-version',
  ],
  prefixes: [],
  never: [],
});

/** Headers for Amp's servers as a flat list, signed with the account of the group and nothing of the caller's. */
export function ampHeaders(rawHeaders: readonly string[], secret: string): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = passes(rawHeaders[at] ?? '');
    if (name !== undefined) out.push(name, rawHeaders[at + 1] ?? '');
  }
  out.push('accept-encoding', 'identity', 'authorization', `Bearer ${secret}`);
  return out;
}
