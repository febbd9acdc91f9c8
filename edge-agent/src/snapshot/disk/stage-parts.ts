import { upsert } from '@aicarpool/shared-protocol';
import { placeOf, type RawChange, rowsPerTurn } from '../apply-scope.ts';
import type { Store } from './store.ts';

/**
 * Keeps a part of a large scope aside. A first part (`from` 0) forgets what lay there; later ones remove and
 * replace what earlier ones brought. What cannot even be named is kept under an empty name, to be refused at the end.
 */
export function stagePart(store: Store, change: RawChange): void {
  store.db.transaction(() => {
    if (change.from === 0) store.forgetStaged(change.scope);
    for (const [kind, id] of change.remove) store.unstage(change.scope, kind, id);
    for (const raw of change.upsert) {
      const named = upsert.pick({ kind: true, id: true }).safeParse(raw);
      const { kind, id } = named.success ? named.data : { kind: '', id: '' };
      store.stage(change.scope, placeOf(raw), kind, id, JSON.stringify(raw));
    }
    for (const key of change.data_keys) store.putDataKey(change.scope, key);
  })();
}

/** Everything kept aside for a scope, in the order of work and in portions. */
export function* stagedUpserts(store: Store, scope: string): Generator<unknown[]> {
  let [place, kind, id] = [-1, '', ''];
  for (;;) {
    const rows = store.stagedAfter(scope, place, kind, id, rowsPerTurn);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row): unknown => JSON.parse(row.upsert));
    ({ place, kind, id } = last);
  }
}
