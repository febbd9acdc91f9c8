import { createHash } from 'node:crypto';
import { type ResourceKind, revisionOf, SetDigest, type Upsert, upsertOrder } from '@aicarpool/shared-protocol';
import type { Fact, ResourceName } from '../facts.ts';

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A resource ready for the wire, with its size as JSON. */
export interface Ready {
  readonly upsert: Upsert;
  readonly bytes: number;
}

/** A scope as it is at every version from `changedAt` to `checkedAt`. Never changed; a newer one takes its place. */
export interface ScopeImage {
  readonly changedAt: number;
  readonly checkedAt: number;
  readonly digest: string;
  readonly bytes: number;
  readonly resources: ReadonlyMap<string, Ready>;
  /** Newest data key version that one of its secrets needs; 0: it holds no secret. */
  readonly dataKeyVersion: number;
}

export const nameOf = ({ kind, id }: ResourceName): string => `${kind}\0${id}`;

export function readyOf(fact: Fact): Ready {
  const upsert = { kind: fact.kind, id: fact.id, rev: revisionOf(sha256Hex, fact.kind, fact.id, fact.body), body: fact.body };
  return { upsert, bytes: Buffer.byteLength(JSON.stringify(upsert)) };
}

/** The image of a scope read whole at version `at`. */
export function imageOf(facts: readonly Fact[], at: number): ScopeImage {
  return finish(new Map(facts.map((fact) => [nameOf(fact), readyOf(fact)])), at, at);
}

/** The image at `to`, from one at an older version: `names` changed since, and `facts` is what is left of them. */
export function advanceImage(image: ScopeImage, names: readonly ResourceName[], facts: readonly Fact[], to: number): ScopeImage {
  if (names.length === 0) return { ...image, checkedAt: to };
  const resources = new Map(image.resources);
  for (const name of names) resources.delete(nameOf(name));
  for (const fact of facts) resources.set(nameOf(fact), readyOf(fact));
  return finish(resources, to, to);
}

function finish(resources: ReadonlyMap<string, Ready>, changedAt: number, checkedAt: number): ScopeImage {
  const digest = new SetDigest();
  let bytes = 0;
  let dataKeyVersion = 0;
  for (const ready of resources.values()) {
    digest.add(ready.upsert.rev);
    bytes += ready.bytes;
    dataKeyVersion = Math.max(dataKeyVersion, dataKeyVersionOf(ready.upsert));
  }
  return { changedAt, checkedAt, digest: digest.toHex(), bytes, resources, dataKeyVersion };
}

function dataKeyVersionOf({ kind, body }: Upsert): number {
  if (kind !== 'upstream') return 0;
  const { credential } = body;
  if (credential === null || typeof credential !== 'object' || Array.isArray(credential)) return 0;
  const version = credential['key_version'];
  return typeof version === 'number' ? version : 0;
}

/** Where a resource stands in a full scope: by kind in the order of application, then by id. */
export function compareNames(a: ResourceName, b: ResourceName): number {
  const byKind = rankOf(a.kind) - rankOf(b.kind);
  if (byKind !== 0) return byKind;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function rankOf(kind: string): number {
  const rank = upsertOrder.indexOf(kind as ResourceKind);
  return rank < 0 ? upsertOrder.length : rank;
}

const sorted = new WeakMap<ScopeImage['resources'], readonly Ready[]>();

/** Its resources in the order of a full scope. */
export function inOrder(image: ScopeImage): readonly Ready[] {
  const known = sorted.get(image.resources);
  if (known) return known;
  const list = [...image.resources.values()].sort((a, b) => compareNames(a.upsert, b.upsert));
  sorted.set(image.resources, list);
  return list;
}
