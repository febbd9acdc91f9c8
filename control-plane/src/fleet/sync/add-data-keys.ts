import { globalScope, type ScopeChange, type SyncRequest } from '@aicarpool/shared-protocol';
import type { NodeRow } from '../nodes/find-node.ts';
import type { Composed } from './compose-answer.ts';
import { heldScopes } from './held-scopes.ts';
import { confirmedDataKey, type NodeScopeRow } from './node-scopes.ts';
import type { ScopeView } from './plan-scope.ts';
import { type DataKey, sealDataKeys } from './seal-data-keys.ts';

export interface KeysQuestion {
  readonly composed: Composed;
  readonly views: readonly ScopeView[];
  readonly rows: readonly NodeScopeRow[];
  readonly request: SyncRequest;
}

/**
 * The scopes whose data keys this answer must bring: those that go over whole, those with secrets under a key that the
 * node has not confirmed, and (once a version) those that it cannot open. They are mentioned even when nothing changed.
 */
export function withKeysWanted(question: KeysQuestion): {
  readonly changes: readonly ScopeChange[];
  readonly wanted: ReadonlySet<string>;
} {
  const { composed, views } = question;
  const changeByScope = new Map(composed.scopes.map((change) => [change.scope, change]));
  const isWanted = keysWanted(question);
  const wanted = new Set<string>();
  const mentioned: ScopeChange[] = [];
  for (const view of views) {
    const change = changeByScope.get(view.scope);
    if ((!change && composed.more) || change?.next !== undefined || !isWanted(view, change)) continue;
    wanted.add(view.scope);
    if (!change) mentioned.push(emptyDelta(view));
  }
  return { changes: [...composed.scopes, ...mentioned], wanted };
}

function keysWanted({ rows, request }: KeysQuestion): (view: ScopeView, change: ScopeChange | undefined) => boolean {
  const held = heldScopes(request);
  const rowByScope = new Map(rows.map((row) => [row.scope, row]));
  const unsealable = new Set(request.rejects.filter(({ code }) => code === 'unsealable').map(({ scope }) => scope));
  return ({ scope, image, head, comparable }, change) => {
    if (scope === globalScope || image.dataKeyVersion === 0) return false;
    if (change?.mode === 'full') return true;
    const row = rowByScope.get(scope);
    const version = comparable ? held.get(scope)?.version : undefined;
    if (confirmedDataKey(row, version) < image.dataKeyVersion) return true;
    return unsealable.has(scope) && (row?.dataKeySentAtVersion ?? 0) < head;
  };
}

function emptyDelta({ scope, head, image }: ScopeView): ScopeChange {
  return { scope, mode: 'delta', from: head, to: head, remove: [], upsert: [], digest: image.digest, data_keys: [] };
}

/** Puts the sealed keys into the changes. */
export async function sealInto(
  node: Pick<NodeRow, 'id' | 'sealingKey'>,
  changes: readonly ScopeChange[],
  keysByScope: ReadonlyMap<string, readonly DataKey[]>,
): Promise<ScopeChange[]> {
  const { id, sealingKey } = node;
  return await Promise.all(
    changes.map(async (change) => {
      const keys = keysByScope.get(change.scope);
      if (!keys || sealingKey === null) return change;
      return { ...change, data_keys: await sealDataKeys({ id, sealingKey }, change.scope, keys) };
    }),
  );
}
