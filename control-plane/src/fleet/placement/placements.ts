import { globalScope } from '@aicarpool/shared-protocol';
import type { Head } from '../../kernel/change-log.ts';
import type { Db } from '../../kernel/db.ts';
import type { Facts } from '../facts.ts';
import { type PlaceableGroup, type PlaceableNode, serves } from './serves.ts';

/** Which groups there are to place, remembered for the newest version that was asked for. */
export class Placements {
  readonly #facts: Facts;
  #memory: { head: Head; groups: readonly PlaceableGroup[] } | undefined;

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
}

/** Ids of the groups that a node serves. */
export function servedGroups(node: PlaceableNode, groups: readonly PlaceableGroup[]): string[] {
  return groups.filter((group) => serves(node, group)).map(({ id }) => id);
}

/** The scopes of a node: the global one and those of its groups; a retired node has none. */
export function scopesOf(node: PlaceableNode, groups: readonly PlaceableGroup[]): string[] {
  return node.retiredAt ? [] : [globalScope, ...servedGroups(node, groups)];
}
