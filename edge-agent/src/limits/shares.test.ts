import { type SharedLimit as CenterLimit, shareOut } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { sha256, testKey, testSnapshot } from '../../test/snapshot.ts';
import { InFlight } from '../routing/in-flight.ts';
import { partsOf } from './account-parts.ts';
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
function cluster(many: number, sharedBy: { group: string; nodes: number }[] = []) {
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
      shares.take(leases, clock.nowMs, sharedBy);
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

  it('is divided among the nodes of the group before anybody has a lease, and when leases have ended', () => {
    const guest = guestOf({ requests: { requests: 60, windowMs: 60_000 } });
    const { clock, nodes, settle } = cluster(3, [{ group: guest.group.id, nodes: 3 }]);
    settle();
    const count = (gate: Gatekeeper) =>
      Array.from({ length: 60 }, () => gate.countRequest(guest, clock.nowMs).ok).filter(Boolean);
    expect(nodes.map(({ gate }) => count(gate).length)).toEqual([20, 20, 20]);
    clock.nowMs += 120_000;
    const [alone] = nodes;
    if (!alone) throw new Error('a node');
    expect(count(alone.gate).length).toBe(20);
    for (const { shares } of nodes.slice(1)) shares.wishes(clock.nowMs);
    settle();
    clock.nowMs += 600_000;
    expect(count(alone.gate).length).toBe(20);
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

describe('a node that starts while the centre is away', () => {
  const limit = { group: 'grp_a', whose: 'group', id: 'grp_a', unit: 'requests', limit: 60 } as const;

  it('takes an equal part of a limit by what it heard before it ended', () => {
    const shares = new Shares(undefined, [{ group: 'grp_a', nodes: 4 }]);
    expect(shares.most(limit, 0)).toBe(15);
    expect(shares.most({ ...limit, group: 'grp_b' }, 0)).toBe(60);
  });

  it('goes by what the centre says once it is heard', () => {
    const shares = new Shares(undefined, [{ group: 'grp_a', nodes: 4 }]);
    shares.take([], 0, [{ group: 'grp_a', nodes: 2 }]);
    expect(shares.most(limit, 0)).toBe(30);
  });
});

describe('requests at once of an account that nodes share', () => {
  it('are wanted by those too who found no room, until the next lease', () => {
    const shares = new Shares();
    const account = new InFlight(partsOf(shares, () => 0));
    const name = '|upstream|ups_a|concurrency';
    shares.take([{ name, share: 1, safe: 1, lease_s: 30 }], 0, []);
    const leave = account.claim('ups_a', 8);
    for (let at = 0; at < 3; at += 1) expect(account.claim('ups_a', 8)).toBeUndefined();
    expect(shares.wishes(1)).toEqual([{ name, limit: 8, demand: 4, used: 1 }]);
    leave?.();
    shares.take([{ name, share: 1, safe: 1, lease_s: 30 }], 2, []);
    account.claim('ups_a', 8)?.();
    expect(shares.wishes(5_000)).toEqual([{ name, limit: 8, demand: 1, used: 0 }]);
  });

  it('are not wanted by those who only look, unless the node has nothing of them', () => {
    const shares = new Shares();
    const account = new InFlight(partsOf(shares, () => 0));
    const lease = (id: string, share: number) => ({ name: `|upstream|${id}|concurrency`, share, safe: 0, lease_s: 30 });
    shares.take([lease('ups_a', 1), lease('ups_b', 0)], 0, []);
    account.claim('ups_a', 8);
    for (let at = 0; at < 9; at += 1)
      for (const id of ['ups_a', 'ups_b', 'ups_c']) expect(account.isFull(id, 8)).toBe(id !== 'ups_c');
    expect(shares.wishes(5_000)).toEqual([
      { name: '|upstream|ups_a|concurrency', limit: 8, demand: 1, used: 1 },
      { name: '|upstream|ups_b|concurrency', limit: 8, demand: 1, used: 0 },
    ]);
  });

  it('are within its cap once everybody has a lease, and a node that comes later gets its half from one that never rests', () => {
    const { clock, nodes, settle } = cluster(2, [{ group: '', nodes: 2 }]);
    const accounts = nodes.map(({ shares }) => new InFlight(partsOf(shares, () => clock.nowMs)));
    const running: { node: number; leave: () => void }[] = [];
    const served = [0, 0];
    const knock = (node: number) => {
      const leave = accounts[node]?.claim('ups_a', 4);
      if (!leave) return;
      running.push({ node, leave });
      served[node] = (served[node] ?? 0) + 1;
    };
    for (let at = 0; at < 600; at += 1) {
      // Who has no lease yet takes an equal part, of what another one may hold whole.
      const isNew = at > 50 && at < 70;
      expect(running.length).toBeLessThanOrEqual(isNew ? 6 : 4);
      for (let many = 0; many < 6; many += 1) {
        knock(0);
        if (at > 50) knock(1);
      }
      if (at % 10 === 0) settle();
      clock.nowMs += 100;
      running.shift()?.leave();
    }
    const [first = 0, second = 0] = served;
    expect(second / (first + second)).toBeGreaterThan(0.4);
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
