import { describe, expect, it } from 'vitest';
import { type SnapshotInput, sha256, testKey, testSnapshot } from '../../test/snapshot.ts';
import { Gatekeeper, type Guest } from './gatekeeper.ts';

const none = { requests: null, tokensPerMinute: null, concurrency: null };

function guestOf(input: Partial<SnapshotInput>): Guest {
  const snapshot = testSnapshot({ baseUrls: [], ...input });
  const key = snapshot.findKey(sha256(testKey));
  const group = key && snapshot.findGroup(key.groupId);
  if (!key || !group) throw new Error('the test snapshot has no key');
  return { key, group };
}

const asMember = (guest: Guest, userId: string): Guest => ({ ...guest, key: { ...guest.key, userId, id: `key_${userId}` } });

describe('the gatekeeper', () => {
  it('counts a request against key, member and group, and none of them when one is full', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({
      key: { rateLimit: { requests: 5, windowMs: 60_000 } },
      group: { memberLimits: { ...none, requests: { requests: 2, windowMs: 60_000 } } },
    });
    expect([gate.countRequest(guest, 0).ok, gate.countRequest(guest, 0).ok]).toEqual([true, true]);
    const refused = gate.countRequest(guest, 0);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'rate_limited' } });
    expect(!refused.ok && refused.refusal.message).toContain('each member of this group may send 2 requests in 60 s');
    expect(gate.headroom(guest, 0).requests).toEqual({ limit: 2, remaining: 0, windowMs: 60_000, wholeInMs: 60_000 });
    const other = { ...guest, group: { ...guest.group, memberLimits: none } };
    expect(gate.headroom(other, 0).requests?.remaining).toBe(3);
  });

  it('opens when the window after the request is over, and says so', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({ key: { rateLimit: { requests: 1, windowMs: 30_000 } } });
    expect(gate.countRequest(guest, 14_000).ok).toBe(true);
    expect(gate.countRequest(guest, 20_000)).toMatchObject({ ok: false, refusal: { retryAfterSeconds: 24 } });
    expect(gate.headroom(guest, 20_000).requests).toMatchObject({ remaining: 0, wholeInMs: 24_000 });
    expect(gate.countRequest(guest, 44_000).ok).toBe(true);
  });

  it('keeps members of a group apart', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({ group: { memberLimits: { ...none, requests: { requests: 1, windowMs: 60_000 } } } });
    expect(gate.countRequest(asMember(guest, 'ana'), 0).ok).toBe(true);
    expect(gate.countRequest(asMember(guest, 'ana'), 0).ok).toBe(false);
    expect(gate.countRequest(asMember(guest, 'ben'), 0).ok).toBe(true);
  });

  it('holds what it promised until it hears what was used', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({ key: { tokensPerMinute: 1_000 } });
    expect(gate.promiseTokens(guest, 700, 0).ok).toBe(true);
    expect(gate.promiseTokens(guest, 400, 0)).toMatchObject({ ok: false, refusal: { code: 'tokens_limited' } });
    gate.useTokens(guest, 700, 100, 10);
    expect(gate.headroom(guest, 10).tokens).toEqual({ limit: 1_000, remaining: 900, windowMs: 60_000, wholeInMs: 60_000 });
    expect(gate.promiseTokens(guest, 400, 10).ok).toBe(true);
  });

  it('gives back a promise of which nothing was used', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({ group: { limits: { ...none, tokensPerMinute: 100 } } });
    expect(gate.promiseTokens(guest, 90, 0).ok).toBe(true);
    gate.useTokens(guest, 90, 0, 0);
    expect(gate.headroom(guest, 0).tokens?.remaining).toBe(100);
  });

  it('says nothing where nothing is limited', () => {
    const gate = new Gatekeeper();
    const guest = guestOf({});
    expect(gate.countRequest(guest, 0).ok && gate.promiseTokens(guest, 1e9, 0).ok).toBe(true);
    expect(gate.headroom(guest, 0)).toEqual({ requests: undefined, tokens: undefined });
  });
});
