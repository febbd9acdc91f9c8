import type { Dialect, Refusal } from '@aicarpool/shared-protocol';
import type { Headroom } from './headroom.ts';
import { limitHeaders } from './limit-headers.ts';

const prefix = 'anthropic-ratelimit-unified-';
const none: Readonly<Record<string, string>> = {};

/**
 * What a refusal for a limit of ours says besides: the limits, and to Anthropic clients until when it is rejected. A
 * claim or an overage is not named: Claude Code would show words of its own in place of the message.
 */
export function spentHeaders(
  dialect: Dialect,
  { code, retryAfterSeconds }: Refusal,
  headroom: Headroom,
  nowMs: number,
): Readonly<Record<string, string>> {
  if (code !== 'rate_limited' && code !== 'tokens_limited') return none;
  const flat = limitHeaders(dialect, headroom, nowMs);
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] ?? '';
    if (!name.startsWith(prefix)) headers[name] = flat[at + 1] ?? '';
  }
  if (dialect === 'anthropic-messages') {
    headers[`${prefix}status`] = 'rejected';
    headers[`${prefix}reset`] = String(Math.ceil(nowMs / 1000) + (retryAfterSeconds ?? 0));
  }
  return headers;
}
