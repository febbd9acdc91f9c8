import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turnstile, type Visitor } from './turnstile.ts';

const visitor = (userId: string, more: Partial<Visitor> = {}): Visitor => ({
  groupId: 'grp',
  userId,
  keyId: `key_${userId}`,
  groupMost: 2,
  userMost: null,
  keyMost: null,
  urgent: true,
  ...more,
});

/** Joins the line and notes its name when its turn comes. */
function queue(turnstile: Turnstile, one: Visitor, name: string, order: string[]): () => void {
  let hangUp: () => void = () => undefined;
  void turnstile
    .wait(one, (call) => {
      hangUp = call;
    })
    .then((entry) => order.push(entry === 'in' ? name : `${name} ${entry}`));
  return () => hangUp();
}

describe('a turnstile', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settled = () => vi.advanceTimersByTimeAsync(0);

  it('lets nobody in beyond the limit of group, member or key', () => {
    const turnstile = new Turnstile({ waitingPerGroup: 10, waitMs: 1_000 });
    expect(turnstile.tryEnter(visitor('ana', { userMost: 1 }))).toBe(true);
    expect(turnstile.tryEnter(visitor('ana', { userMost: 1 }))).toBe(false);
    expect(turnstile.tryEnter(visitor('ben', { keyMost: 1 }))).toBe(true);
    expect(turnstile.tryEnter(visitor('cleo'))).toBe(false);
    expect(turnstile.tryEnter(visitor('cleo', { groupId: 'other' }))).toBe(true);
  });

  it('serves the member with the fewest requests inside first, however many another one queued before', async () => {
    const turnstile = new Turnstile({ waitingPerGroup: 10, waitMs: 60_000 });
    const order: string[] = [];
    for (let at = 0; at < 2; at += 1) turnstile.tryEnter(visitor('ana'));
    for (let at = 0; at < 3; at += 1) queue(turnstile, visitor('ana'), `ana ${at}`, order);
    queue(turnstile, visitor('ben'), 'ben', order);
    turnstile.leave(visitor('ana'));
    await settled();
    expect(order).toEqual(['ben']);
    turnstile.leave(visitor('ana'));
    await settled();
    expect(order).toEqual(['ben', 'ana 0']);
  });

  it.each([
    ['the group is full', 2, ['group']],
    ['its members are', 9, ['group', 'member ana', 'member ben']],
  ])('asks for its part of each limit once when a place is free, however many wait because %s', async (_why, groupMost, asks) => {
    const asked: string[] = [];
    const turnstile = new Turnstile(
      { waitingPerGroup: 100, waitMs: 60_000 },
      {
        most: (whose, { userId }, limit) => {
          asked.push(whose === 'group' ? whose : `${whose} ${userId}`);
          return limit;
        },
        counted: () => undefined,
      },
    );
    const order: string[] = [];
    const one = (userId: string) => visitor(userId, { groupMost, userMost: 1 });
    for (const userId of ['ana', 'ben']) expect(turnstile.tryEnter(one(userId))).toBe(true);
    for (let at = 0; at < 40; at += 1) queue(turnstile, one(at % 2 === 0 ? 'ana' : 'ben'), `${at}`, order);
    asked.length = 0;
    turnstile.widened();
    expect(asked.toSorted()).toEqual(asks);
    turnstile.leave(one('ben'));
    await settled();
    expect(order).toEqual(['1']);
    expect(asked.length).toBeLessThan(8);
  });

  it('puts what a person waits for before what runs in the background', async () => {
    const turnstile = new Turnstile({ waitingPerGroup: 10, waitMs: 60_000 });
    const order: string[] = [];
    const only = { groupMost: 1 };
    turnstile.tryEnter(visitor('ana', only));
    queue(turnstile, visitor('ben', { ...only, urgent: false }), 'background', order);
    queue(turnstile, visitor('cleo', only), 'urgent', order);
    turnstile.leave(visitor('ana', only));
    await settled();
    expect(order).toEqual(['urgent']);
  });

  it('sends away at once what comes to a full line, later what waited too long, and forgets who hung up', async () => {
    const turnstile = new Turnstile({ waitingPerGroup: 2, waitMs: 1_000 });
    const order: string[] = [];
    const only = { groupMost: 1 };
    turnstile.tryEnter(visitor('ana', only));
    const hangUp = queue(turnstile, visitor('ben', only), 'ben', order);
    queue(turnstile, visitor('cleo', only), 'cleo', order);
    queue(turnstile, visitor('dan', only), 'dan', order);
    await settled();
    expect(order).toEqual(['dan full']);
    hangUp();
    await settled();
    expect(order).toEqual(['dan full', 'ben gone']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(order).toEqual(['dan full', 'ben gone', 'cleo late']);
    turnstile.leave(visitor('ana', only));
    expect(turnstile.tryEnter(visitor('eve', only))).toBe(true);
  });
});
