import { globalScope } from '@aicarpool/shared-protocol';
import { changesSince, currentHead } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inSnapshot } from '../placement/in-snapshot.ts';
import { placementScope } from '../placement/placement-scope.ts';
import { type Placements, scopesOf } from '../placement/placements.ts';
import type { Hub } from './hub.ts';

export interface PokeParts {
  readonly hub: Hub;
  readonly placements: Placements;
}

/**
 * Pokes the nodes here that something changed for after version `from`: all of them when the global scope or the
 * placement changed, else those that serve a group that did. Gives the version up to which that was looked at.
 */
export async function pokeConcerned(ctx: Ctx, { hub, placements }: PokeParts, from: number): Promise<number> {
  const nodes = hub.nodes();
  if (nodes.length === 0) return from;
  return await inSnapshot(ctx, async (tx) => {
    const head = await currentHead(tx);
    const groups = await placements.groupsAt(tx, head);
    const scopesByNode = new Map(nodes.map((node) => [node.id, scopesOf(node, groups)]));
    const asked = new Set([placementScope, globalScope, ...[...scopesByNode.values()].flat()]);
    const changed = new Set((await changesSince(tx, [...asked], from, head.head)).map(({ scope }) => scope));
    if (changed.has(placementScope) || changed.has(globalScope)) hub.poke(head.head, null);
    else {
      const concerned = [...scopesByNode].filter(([, scopes]) => scopes.some((scope) => changed.has(scope)));
      hub.poke(head.head, new Set(concerned.map(([nodeId]) => nodeId)));
    }
    return head.head;
  });
}
