import type { ScopeChange } from '@aicarpool/shared-protocol';
import { planScope, type Room, type ScopePlan, type ScopeView, type Written, writeDelta, writeFull } from './plan-scope.ts';

/** One answer holds at most this much; what is left goes into the next one, asked for at once. */
export const answerRoom: Room = { resources: 5000, bytes: 4 * 1024 * 1024 };

export interface Composed {
  /** What `have.base` of the node becomes. */
  readonly head: number;
  readonly scopes: readonly ScopeChange[];
  readonly more: boolean;
}

export interface Composition {
  readonly epoch: string;
  readonly head: number;
  /** The base the node had in this epoch; 0 when it has none. */
  readonly base: number;
  /** Scopes that the node holds and no longer serves. */
  readonly drops: readonly string[];
  readonly views: readonly ScopeView[];
}

/**
 * Puts an answer together: what is dropped and what changed a little first, so that a revocation never waits behind
 * a large scope; then scopes that are arriving in parts; then whole scopes.
 */
export function composeAnswer(input: Composition, room: Room = answerRoom): Composed {
  const scopes: ScopeChange[] = input.drops.map((scope) => dropOf(scope, input.head));
  const planned = input.views
    .map((view) => ({ view, plan: planScope(view) }))
    .filter(({ plan }) => plan.mode !== 'same' || plan.mention)
    .sort((a, b) => orderOf(a.plan) - orderOf(b.plan));
  let left = room;
  for (const { view, plan } of planned) {
    const next = write(view, plan, left, room);
    if (!next) return { head: input.base, scopes, more: true };
    scopes.push(next.change);
    if (next.change.next !== undefined) return { head: input.base, scopes, more: true };
    left = { resources: left.resources - next.size.resources, bytes: left.bytes - next.size.bytes };
  }
  return { head: input.head, scopes, more: false };
}

/** Undefined: a delta that has to wait for the next answer. One too large for any answer becomes a full scope in parts. */
function write(view: ScopeView, plan: ScopePlan, left: Room, room: Room): Written | undefined {
  if (plan.mode === 'full') return writeFull(view, plan.resume, left);
  const delta = plan.mode === 'delta' ? writeDelta(view, plan.from, plan.names) : writeDelta(view, view.head, []);
  if (fits(delta, left)) return delta;
  return fits(delta, room) ? undefined : writeFull(view, null, left);
}

function orderOf(plan: ScopePlan): number {
  if (plan.mode !== 'full') return 0;
  return plan.resume ? 1 : 2;
}

function fits({ size }: Written, room: Room): boolean {
  return size.resources <= room.resources && size.bytes <= room.bytes;
}

function dropOf(scope: string, head: number): ScopeChange {
  return { scope, mode: 'drop', from: 0, to: head, remove: [], upsert: [], digest: '0'.repeat(32), data_keys: [] };
}
