import { changesSince, logStartsAfter } from '../../kernel/change-log.ts';
import type { Db } from '../../kernel/db.ts';
import type { ResourceName } from '../facts.ts';
import type { ChangesWanted } from './build-views.ts';
import type { ScopeSource } from './scope-images.ts';

/** Answers "what changed in this scope since" for all wanted pairs with one read per distinct version. */
export async function readChanges(tx: Db, head: number, wants: readonly ChangesWanted[]): Promise<ScopeSource['changedSince']> {
  const scopesByVersion = new Map<number, string[]>();
  for (const { scope, from } of wants) scopesByVersion.set(from, [...(scopesByVersion.get(from) ?? []), scope]);
  const startsAfter = scopesByVersion.size === 0 ? head : await logStartsAfter(tx);
  const found = new Map<number, Map<string, ResourceName[]>>();
  for (const [from, scopes] of scopesByVersion) {
    if (from < startsAfter) continue;
    const byScope = new Map<string, ResourceName[]>(scopes.map((scope) => [scope, []]));
    for (const { scope, kind, id } of await changesSince(tx, scopes, from, head)) byScope.get(scope)?.push({ kind, id });
    found.set(from, byScope);
  }
  return (scope, version) => found.get(version)?.get(scope);
}
