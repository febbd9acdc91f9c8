import { globalScope, SetDigest } from '@aicarpool/shared-protocol';
import { readStored } from './check-upsert.ts';
import type { Compiler } from './compile/compiler.ts';
import type { Store, StoredResource } from './disk/store.ts';
import type { Secrets } from './secrets.ts';

/** What a start found on disk. A scope that is `damaged` serves what is sound of it and is asked for whole. */
export interface Loaded {
  readonly resources: number;
  readonly damaged: readonly string[];
}

/** A group may be served without some of its keys and accounts, and without nothing else: a limit may be what is missing. */
const spared = new Set(['key', 'upstream']);

/** Fills the working copy from disk, before anything else runs. What is not as it was stored is left out, never thrown. */
export async function loadConfig(store: Store, secrets: Secrets, compiler: Compiler): Promise<Loaded> {
  await Promise.all(store.dataKeys().map((key) => secrets.learn(key.scope, key)));
  const stored = new Map<string, SetDigest>(store.scopes().map(({ scope }) => [scope, new SetDigest()]));
  const spoilt: StoredResource[] = [];
  let resources = 0;
  for (const row of store.all()) {
    const digest = stored.get(row.scope);
    resources += 1;
    try {
      if (digest === undefined) throw new Error('of no scope');
      digest.add(row.rev);
      const resource = readStored(row);
      // It did open when it was stored: the key of its group is not as it was. The group comes whole, with its keys.
      if (resource.kind === 'upstream' && secrets.open(row.scope, row.id, resource.body.credential) === undefined)
        throw new Error('does not open');
      compiler.upsert(row.scope, { id: row.id, resource });
    } catch {
      spoilt.push(row);
    }
  }
  const incomplete = [...stored].filter(([scope, digest]) => store.findScope(scope)?.digest !== digest.toHex());
  const scopes = new Set([...spoilt.map(({ scope }) => scope), ...incomplete.map(([scope]) => scope)]);
  const limiting = spoilt.filter(({ kind }) => !spared.has(kind));
  const unsure = new Set([...limiting.map(({ scope }) => scope), ...incomplete.map(([scope]) => scope)]);
  store.db.transaction(() => {
    for (const { scope, kind, id } of spoilt) store.remove(scope, kind, id);
    for (const scope of unsure) withdrawGroup(store, compiler, scope);
    for (const scope of scopes) {
      store.markDamaged(scope);
      store.putScope(scope, sumOf(store, scope), 0);
    }
  })();
  compiler.setDamaged(store.damaged());
  return { resources, damaged: [...scopes] };
}

/** It comes back with the rest of its scope. */
function withdrawGroup(store: Store, compiler: Compiler, scope: string): void {
  if (scope === globalScope) return;
  store.remove(scope, 'group', scope);
  compiler.remove(scope, 'group', scope);
}

function sumOf(store: Store, scope: string): string {
  const digest = new SetDigest();
  for (const { rev } of store.inScope(scope)) digest.add(rev);
  return digest.toHex();
}

/** A folder that was enrolled anew holds keys sealed to the node it was before: of no use to this one. */
export function forgetOtherNode(store: Store, nodeId: string): void {
  if (store.meta('node_id') === nodeId) return;
  store.db.transaction(() => {
    store.clear();
    store.setMeta('node_id', nodeId);
  })();
}

/** An agent of another build may understand what this one refused: its refusals are asked for again. */
export function forgiveForNewBuild(store: Store, build: string): void {
  if (store.meta('build') === build) return;
  store.db.transaction(() => {
    for (const { scope, kind, id, code } of store.rejects()) {
      if (code === 'unsealable') continue;
      store.clearReject(scope, kind, id);
      store.setScopeVersion(scope, 0);
    }
    store.setMeta('build', build);
  })();
}
