import { expect } from 'vitest';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { ask } from '../../ask.ts';
import { sha256, testKey, testSnapshot } from '../../snapshot.ts';
import { startNode, type TestNode } from '../../start-node.ts';
import { type Fault, faults } from '../faults.ts';
import { isWell, type Provider } from '../providers.ts';
import { speeches } from '../speech/speeches.ts';
import { type Lane, questions } from './lanes.ts';
import { whatIsBooked } from './what-is-booked.ts';
import { whatIsSeen } from './what-is-seen.ts';

/** `one`: the account that fails is the only one of its group; `two`: behind it is one that is well. */
export interface TableRow {
  readonly fault: string;
  readonly accounts: 'one' | 'two';
  readonly sees: string;
  /** How often the first was asked, and the second. */
  readonly asked: string;
  readonly booked: string;
}

interface Scene {
  readonly fault: Fault;
  readonly accounts: TableRow['accounts'];
  readonly groupId: string;
  readonly key: string;
}

const atOnce = 10;

/** Every fault in front of one node, each in a group of its own, so that none learns from another. */
export async function playLane(lane: Lane): Promise<TableRow[]> {
  const scenes = faults.flatMap((fault, at) =>
    (['one', 'two'] as const).map((accounts) => ({
      fault,
      accounts,
      groupId: `grp_${at}_${accounts}`,
      key: `${testKey}_${at}_${accounts}`,
    })),
  );
  const node = await startNode({
    upstreams: { headersTimeoutMs: 3_000, idleTimeoutMs: 3_000 },
    limits: { lateBytesMs: 150 },
    random: () => 0,
  });
  const shown = new Map<string, Snapshot>();
  node.snapshots.swap(together(shown));
  const rows: TableRow[] = [];
  const todo = [...scenes.keys()];
  const work = async () => {
    for (let at = todo.shift(); at !== undefined; at = todo.shift()) {
      const scene = scenes[at];
      if (scene) rows[at] = await play(node, lane, scene, shown);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(node.agent.load).toMatchObject({ requests: 0, bufferedBytes: 0, drains: 0 });
    expect([...node.agent.load.running]).toEqual([]);
  } finally {
    await node.close();
  }
  return rows;
}

async function play(node: TestNode, lane: Lane, scene: Scene, shown: Map<string, Snapshot>): Promise<TableRow> {
  const { fault, accounts, groupId, key } = scene;
  const speech = speeches[lane.provider];
  const makers = accounts === 'one' ? [fault.provider] : [fault.provider, isWell];
  const providers = await Promise.all(makers.map((make) => make(speech)));
  shown.set(groupId, snapshotOf(lane, scene, providers));
  try {
    const reply = await ask(node, { ...questions[lane.caller](fault.stream === true), key });
    const rows = node.rows.filter((row) => row.groupId === groupId);
    const last = rows.at(-1);
    expect(rows.map(({ attempt, final }) => [attempt, final])).toEqual(rows.map((one, at) => [at + 1, one === last]));
    return {
      fault: fault.name,
      accounts,
      sees: whatIsSeen(lane.caller, reply),
      asked: providers.map(({ asked }) => asked()).join('+'),
      booked: whatIsBooked(rows),
    };
  } finally {
    await Promise.all(providers.map((provider) => provider.close()));
  }
}

function snapshotOf({ provider }: Lane, { groupId, key }: Scene, providers: readonly Provider[]): Snapshot {
  const made = testSnapshot({
    baseUrls: providers.map(({ url }) => url),
    group: { id: groupId },
    key: { id: `key_${groupId}` },
    service: { pathPrefix: new Map([[provider, '']]) },
  });
  const mine = sha256(key);
  return { ...made, findKey: (hash) => (hash === mine ? made.findKey(sha256(testKey)) : undefined) };
}

function together(shown: ReadonlyMap<string, Snapshot>): Snapshot {
  const first = <T>(find: (one: Snapshot) => T | undefined): T | undefined => {
    for (const one of shown.values()) {
      const found = find(one);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    epoch: 'test',
    version: 1,
    counts: { keys: 0, groups: 0 },
    findKey: (hash) => first((one) => one.findKey(hash)),
    findGroup: (id) => shown.get(id)?.findGroup(id),
    hasQuota: () => false,
    damaged: new Set(),
  };
}
