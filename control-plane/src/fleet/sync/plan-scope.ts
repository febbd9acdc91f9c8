import type { ScopeChange } from '@aicarpool/shared-protocol';
import type { ResourceName } from '../facts.ts';
import { readPartToken, writePartToken } from './part-token.ts';
import { compareNames, inOrder, nameOf, type Ready, type ScopeImage } from './scope-image.ts';

export interface Held {
  readonly version: number;
  readonly digest: string;
}

/** What is known when the change of one scope is planned. */
export interface ScopeView {
  readonly scope: string;
  readonly image: ScopeImage;
  readonly epoch: string;
  /** Version of the snapshot that the image was read in. */
  readonly head: number;
  /** What the node says it holds; undefined: nothing of this scope, or it asks for all of it. */
  readonly held: Held | undefined;
  /** Is `held.version` a version of this epoch and inside the log? */
  readonly comparable: boolean;
  /** Does the node refuse something in this scope? Its digest then says nothing. */
  readonly hasRejects: boolean;
  readonly resume: string | undefined;
  /** What changed after a version, up to `head`; undefined: the log does not say. */
  readonly changedSince: (version: number) => readonly ResourceName[] | undefined;
}

export type ScopePlan =
  | { readonly mode: 'same' /** Say so all the same: the node's version does not count any more. */; readonly mention: boolean }
  | { readonly mode: 'delta'; readonly from: number; readonly names: readonly ResourceName[] }
  | {
      readonly mode: 'full';
      readonly resume: { readonly since: number; readonly after: ResourceName; readonly names: readonly ResourceName[] } | null;
    };

const fullFromStart: ScopePlan = { mode: 'full', resume: null };

/** A delta with more changes than this costs more than the whole scope in parts. */
export const maxDeltaNames = 5000;

/** Decides how a scope that the node serves goes into the answer. */
export function planScope(view: ScopeView): ScopePlan {
  const token = view.resume === undefined ? undefined : readPartToken(view.resume);
  if (token && token.epoch === view.epoch && token.since <= view.head) {
    const names = view.changedSince(token.since);
    if (names && names.length <= maxDeltaNames) {
      return { mode: 'full', resume: { since: token.since, after: { kind: token.kind, id: token.id }, names } };
    }
    return fullFromStart;
  }
  if (!view.held) return fullFromStart;
  const digestAgrees = view.held.digest === view.image.digest;
  if (!view.comparable) return digestAgrees ? { mode: 'same', mention: true } : fullFromStart;
  const names = view.changedSince(view.held.version);
  if (!names || names.length > maxDeltaNames) return fullFromStart;
  if (names.length > 0) return { mode: 'delta', from: view.held.version, names };
  return digestAgrees || view.hasRejects ? { mode: 'same', mention: false } : fullFromStart;
}

/** What a change may still take of the answer. */
export interface Room {
  readonly resources: number;
  readonly bytes: number;
}

export interface Written {
  readonly change: ScopeChange;
  readonly size: Room;
}

/** A delta: the current state of what changed, removed where it is gone. */
export function writeDelta(view: ScopeView, from: number, names: readonly ResourceName[]): Written {
  return written(view, 'delta', from, partition(view.image, names), undefined);
}

/**
 * A full scope, or as much of it as there is room for. Parts are read at different versions: the last one brings
 * what changed behind the reader since the first, so that the whole is the scope at its `to`.
 */
export function writeFull(view: ScopeView, resume: (ScopePlan & { mode: 'full' })['resume'], room: Room): Written {
  const list = inOrder(view.image);
  const start = resume ? list.findIndex(({ upsert }) => compareNames(upsert, resume.after) > 0) : 0;
  const late = resume
    ? partition(
        view.image,
        resume.names.filter((name) => compareNames(name, resume.after) <= 0),
      )
    : nothing();
  const since = resume ? resume.since : view.head;
  const taken: Ready[] = [];
  let bytes = sizeOf(late).bytes;
  let at = start < 0 ? list.length : start;
  for (; at < list.length; at += 1) {
    const ready = list[at];
    if (!ready) break;
    if (taken.length > 0 && (taken.length >= room.resources || bytes + ready.bytes > room.bytes)) break;
    taken.push(ready);
    bytes += ready.bytes;
  }
  const last = taken.at(-1);
  if (at < list.length && last) {
    const next = writePartToken({ epoch: view.epoch, since, kind: last.upsert.kind, id: last.upsert.id });
    return written(view, 'full', resume ? since : 0, { remove: [], upsert: taken }, next);
  }
  return written(view, 'full', resume ? since : 0, { remove: late.remove, upsert: [...late.upsert, ...taken] }, undefined);
}

interface Sides {
  readonly remove: readonly ResourceName[];
  readonly upsert: readonly Ready[];
}

const nothing = (): Sides => ({ remove: [], upsert: [] });

function partition(image: ScopeImage, names: readonly ResourceName[]): Sides {
  const remove: ResourceName[] = [];
  const upsert: Ready[] = [];
  for (const name of names) {
    const ready = image.resources.get(nameOf(name));
    if (ready) upsert.push(ready);
    else remove.push(name);
  }
  upsert.sort((a, b) => compareNames(a.upsert, b.upsert));
  return { remove, upsert };
}

const nameBytes = 80;

function sizeOf({ remove, upsert }: Sides): Room {
  return {
    resources: remove.length + upsert.length,
    bytes: remove.length * nameBytes + upsert.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function written(view: ScopeView, mode: 'delta' | 'full', from: number, sides: Sides, next: string | undefined): Written {
  const change: ScopeChange = {
    scope: view.scope,
    mode,
    from,
    to: view.head,
    remove: sides.remove.map(({ kind, id }) => [kind, id]),
    upsert: sides.upsert.map(({ upsert }) => upsert),
    digest: view.image.digest,
    data_keys: [],
    ...(next === undefined ? {} : { next }),
  };
  return { change, size: sizeOf(sides) };
}
