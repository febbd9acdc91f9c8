import { globalScope } from '@aicarpool/shared-protocol';
import { isNull } from 'drizzle-orm';
import type { Head } from '../../kernel/change-log.ts';
import type { Db } from '../../kernel/db.ts';
import type { Facts } from '../facts.ts';
import { fleetNodes } from '../tables.ts';
import { type PlaceableGroup, type PlaceableNode, serves } from './serves.ts';

/** Which groups there are to place, remembered for the newest version that was asked for. */
export class Placements {
  readonly #facts: Facts;
  #memory: { head: Head; groups: readonly PlaceableGroup[] } | undefined;
  #crowd: Crowd | undefined;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** The groups at `head`; `tx` must be the snapshot in which that head was read. */
  async groupsAt(tx: Db, head: Head): Promise<readonly PlaceableGroup[]> {
    const known = this.#memory;
    if (known && known.head.epoch === head.epoch && known.head.head === head.head) return known.groups;
    const groups = await this.#facts.listPlaceableGroups(tx);
    this.#memory = { head, groups };
    return groups;
  }

  /** Those of the groups that more than one node serves, with how many do; of at most `crowdMs` ago. */
  async sharedBy(tx: Db, head: Head, groupIds: ReadonlySet<string>, nowMs: number): Promise<{ group: string; nodes: number }[]> {
    const groups = await this.groupsAt(tx, head);
    const { nodes, counts } = await this.#crowdOf(tx, groups, nowMs);
    const nodesOf = (group: PlaceableGroup) => {
      const count = counts.get(group.id) ?? nodes.filter((one) => serves(one, group)).length;
      counts.set(group.id, count);
      return count;
    };
    const asked = groups.filter(({ id }) => groupIds.has(id)).map((group) => ({ group: group.id, nodes: nodesOf(group) }));
    return asked.filter((shared) => shared.nodes > 1);
  }

  async #crowdOf(tx: Db, groups: readonly PlaceableGroup[], nowMs: number): Promise<Crowd> {
    const known = this.#crowd;
    if (known && known.groups === groups && Math.abs(nowMs - known.atMs) < crowdMs) return known;
    const crowd = { atMs: nowMs, groups, nodes: await listNodes(tx), counts: new Map() };
    this.#crowd = crowd;
    return crowd;
  }
}

interface Crowd {
  readonly atMs: number;
  readonly groups: readonly PlaceableGroup[];
  readonly nodes: readonly PlaceableNode[];
  readonly counts: Map<string, number>;
}

const crowdMs = 10_000;

async function listNodes(tx: Db): Promise<PlaceableNode[]> {
  const { id, role, onlyGroups, retiredAt } = fleetNodes;
  return await tx.select({ id, role, onlyGroups, retiredAt }).from(fleetNodes).where(isNull(retiredAt));
}

/** Ids of the groups that a node serves. */
export function servedGroups(node: PlaceableNode, groups: readonly PlaceableGroup[]): string[] {
  return groups.filter((group) => serves(node, group)).map(({ id }) => id);
}

/** The scopes of a node: the global one and those of its groups; a retired node has none. */
export function scopesOf(node: PlaceableNode, groups: readonly PlaceableGroup[]): string[] {
  return node.retiredAt ? [] : [globalScope, ...servedGroups(node, groups)];
}
