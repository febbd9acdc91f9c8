import { SetDigest } from '@aicarpool/shared-protocol';
import { readResource } from './check-upsert.ts';
import type { Compiler } from './compile/compiler.ts';
import type { Store } from './disk/store.ts';
import type { Secrets } from './secrets.ts';

/** What a start found on disk. A scope that is `damaged` serves what can be read and is asked for whole. */
export interface Loaded {
  readonly resources: number;
  readonly damaged: readonly string[];
}

/** Fills the working copy from disk, before anything else runs. What cannot be read is left out, never thrown. */
export async function loadConfig(store: Store, secrets: Secrets, compiler: Compiler): Promise<Loaded> {
  await Promise.all(store.dataKeys().map((key) => secrets.learn(key.scope, key)));
  const digests = new Map<string, SetDigest>(store.scopes().map(({ scope }) => [scope, new SetDigest()]));
  const damaged = new Set<string>();
  let resources = 0;
  for (const { scope, kind, id, rev, body } of store.all()) {
    const digest = digests.get(scope);
    if (digest === undefined) damaged.add(scope);
    digest?.add(rev);
    resources += 1;
    try {
      compiler.upsert(scope, { id, resource: readResource(scope, kind, id, JSON.parse(body)) });
    } catch {
      damaged.add(scope);
    }
  }
  store.db.transaction(() => {
    for (const [scope, digest] of digests) {
      const held = store.findScope(scope);
      if (held?.digest === digest.toHex() && !damaged.has(scope)) continue;
      damaged.add(scope);
      store.putScope(scope, digest.toHex(), 0);
    }
  })();
  return { resources, damaged: [...damaged] };
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
