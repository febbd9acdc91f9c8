import { type SharedLimit as CenterLimit, shareOut } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { sha256, testKey, testSnapshot } from '../../test/snapshot.ts';
import { Gatekeeper, type Guest } from './gatekeeper.ts';
import { Shares } from './shares.ts';

const none = { requests: null, tokensPerMinute: null, concurrency: null };

function guestOf(limits: object): Guest {
  const snapshot = testSnapshot({ baseUrls: [], group: { limits: { ...none, ...limits } } });
  const key = snapshot.findKey(sha256(testKey));
  const group = key && snapshot.findGroup(key.groupId);
  if (!key || !group) throw new Error('the test snapshot has no key');
  return { key, group };
}

/** Nodes that ask one centre for leases; a cut one asks in vain. */
function cluster(many: number) {
  const clock = { nowMs: 1_000_000 };
  const limits = new Map<string, CenterLimit>();
  const ids = Array.from({ length: many }, (_, at) => `node${at}`);
  const nodes = ids.map((id) => {
    const shares = new Shares();
    return { id, shares, gate: new Gatekeeper({}, shares, () => clock.nowMs), isCut: false };
  });
  const settle = () => {
    for (const { id, shares, isCut } of nodes) {
      if (isCut) continue;
      const leases = shares.wishes(clock.nowMs).map((wish) => {
        const { state, share, safe } = shareOut(limits.get(wish.name) ?? null, { node: id, ...wish }, clock.nowMs, ids);
        limits.set(wish.name, state);
        return { name: wish.name, share, safe, lease_s: 30 };
      });
      shares.take(leases, clock.nowMs);
    }
  };
  return { clock, nodes, settle };
}

describe('a rate that nodes share', () => {
  it('is whole for a node that is alone', () => {
    const { clock, nodes, settle } = cluster(1);
    const guest = guestOf({ requests: { requests: 10, windowMs: 60_000 } });
    const [node] = nodes;
    let taken = 0;
    for (let at = 0; at < 20; at += 1) {
      if (node?.gate.countRequest(guest, clock.nowMs).ok) taken += 1;
      settle();
    }
    expect(taken).toBe(10);
  });

  it('stays within its limit in every window, once the parts are known', () => {
    const { clock, nodes, settle } = cluster(2);
    const guest = guestOf({ requests: { requests: 60, windowMs: 60_000 } });
    const taken: number[] = [];
    for (let second = 0; second < 300; second += 1) {
      for (const { gate } of nodes) {
        for (let at = 0; at < 3; at += 1) if (gate.countRequest(guest, clock.nowMs).ok) taken.push(clock.nowMs);
      }
      settle();
      clock.nowMs += 1_000;
    }
    const inWindow = (fromMs: number) => taken.filter((one) => one >= fromMs && one < fromMs + 60_000).length;
    for (let fromMs = 1_060_000; fromMs < 1_240_000; fromMs += 5_000) expect(inWindow(fromMs)).toBeLessThanOrEqual(60);
    expect(inWindow(1_120_000)).toBeGreaterThan(50);
  });

  it('is what the centre called safe once nobody answers', () => {
    const { clock, nodes, settle } = cluster(2);
    const guest = guestOf({ requests: { requests: 60, windowMs: 60_000 } });
    const [one, other] = nodes;
    for (let at = 0; at < 10; at += 1) {
      for (let many = 0; many < 6; many += 1) one?.gate.countRequest(guest, clock.nowMs);
      other?.gate.countRequest(guest, clock.nowMs);
      settle();
      clock.nowMs += 3_000;
    }
    for (const node of nodes) node.isCut = true;
    clock.nowMs += 100_000;
    let taken = 0;
    for (let at = 0; at < 100; at += 1) if (one?.gate.countRequest(guest, clock.nowMs).ok) taken += 1;
    expect(taken).toBe(30);
  });
});

describe('requests at once that nodes share', () => {
  it('are never more than the limit on all nodes together, and everybody gets his turn', async () => {
    const { clock, nodes, settle } = cluster(2);
    const guest = guestOf({ concurrency: 4 });
    const inside: { leave: () => void }[] = [];
    let most = 0;
    const enter = (gate: Gatekeeper) => {
      const entering = gate.enter(guest, true, clock.nowMs, () => undefined);
      return Promise.resolve(entering).then((entrance) => {
        if (!entrance?.ok) return false;
        inside.push({ leave: () => gate.leave(entrance.visitor) });
        most = Math.max(most, inside.length);
        return true;
      });
    };
    const [one, other] = nodes;
    if (!one || !other) throw new Error('two nodes');
    expect(await Promise.all([enter(one.gate), enter(other.gate)])).toEqual([true, true]);
    settle();
    for (const { leave } of inside.splice(0)) leave();
    const first = Array.from({ length: 6 }, () => enter(one.gate));
    settle();
    const second = Array.from({ length: 6 }, () => enter(other.gate));
    for (let at = 0; at < 60; at += 1) {
      settle();
      clock.nowMs += 1_000;
      await Promise.resolve();
      inside.shift()?.leave();
      await Promise.resolve();
    }
    expect((await Promise.all([...first, ...second])).every(Boolean)).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
    for (const left of inside.splice(0)) left.leave();
  });
});
