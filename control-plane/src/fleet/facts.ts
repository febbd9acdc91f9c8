import type { Upsert } from '@aicarpool/shared-protocol';
import type { Ctx } from '../kernel/context.ts';
import type { Db } from '../kernel/db.ts';
import type { PlaceableGroup } from './placement/serves.ts';

/** One resource of a scope, as carpool states it. */
export type Fact = Omit<Upsert, 'rev'>;

export interface ResourceName {
  readonly kind: string;
  readonly id: string;
}

/** What fleet asks carpool. Every read runs in the snapshot of `tx`. */
export interface Facts {
  listPlaceableGroups(tx: Db): Promise<readonly PlaceableGroup[]>;
  /** Everything in the scope. */
  readScope(tx: Db, scope: string): Promise<readonly Fact[]>;
  /** Those of the named resources that are in the scope now; the others are not given. */
  readResources(tx: Db, scope: string, names: readonly ResourceName[]): Promise<readonly Fact[]>;
  /** A group or a service as it was at a version; undefined: it was not there, or that is not known. */
  readFactAt(tx: Db, scope: string, name: ResourceName, version: number): Promise<Fact | undefined>;
  /** The group's data keys in clear, for sealing to a node; never logged, never kept. */
  dataKeysOf(ctx: Ctx, tx: Db, groupId: string): Promise<readonly { readonly version: number; readonly key: Uint8Array }[]>;
}
