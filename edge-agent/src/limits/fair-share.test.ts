import { describe, expect, it } from 'vitest';
import { FairShare } from './fair-share.ts';

/** Takes as much as it gets, one by one. */
function takeAll(share: FairShare, member: string, most: number, limit: number, nowMs: number): number {
  let taken = 0;
  while (taken < most && share.ask(member, 1, limit, nowMs).ok) {
    share.use(member, 1, nowMs);
    taken += 1;
  }
  return taken;
}

describe('a limit that members share', () => {
  it('is all for one member who is alone', () => {
    expect(takeAll(new FairShare(60_000), 'ana', 500, 100, 0)).toBe(100);
  });

  it('keeps its last fifth for members below an equal share', () => {
    const share = new FairShare(60_000);
    expect(takeAll(share, 'ana', 1, 100, 0)).toBe(1);
    expect(takeAll(share, 'ben', 500, 100, 0)).toBe(79);
    expect(takeAll(share, 'ana', 500, 100, 0)).toBe(20);
    expect(share.used(0)).toBe(100);
  });

  it('tells a member who took his share to wait, and until when', () => {
    const share = new FairShare(60_000);
    takeAll(share, 'ana', 1, 100, 0);
    takeAll(share, 'ben', 500, 100, 0);
    const answer = share.ask('ben', 1, 100, 0);
    expect(answer).toMatchObject({ ok: false, ownShare: true });
    if (answer.ok) return;
    expect(share.ask('ben', 1, 100, answer.waitMs - 2_000).ok).toBe(false);
    expect(share.ask('ben', 1, 100, answer.waitMs).ok).toBe(true);
  });

  it('counts what is promised to requests under way', () => {
    const share = new FairShare(60_000);
    expect(share.ask('ana', 10, 100, 0, 95)).toMatchObject({ ok: false, ownShare: false });
    expect(share.ask('ana', 5, 100, 0, 95).ok).toBe(true);
  });

  it('lets one thing that is larger than the whole limit pass when nothing else is in use', () => {
    const share = new FairShare(60_000);
    expect(share.ask('ana', 1_000, 100, 0).ok).toBe(true);
    share.use('ana', 1_000, 0);
    expect(share.ask('ben', 1, 100, 0).ok).toBe(false);
  });
});
