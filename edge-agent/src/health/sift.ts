import { busyTrialMs } from './account.ts';
import type { Breaker } from './breaker.ts';
import { endpointOf, type GroupHealth } from './group-health.ts';
import { familyOf } from './model-family.ts';
import type { Target } from './target.ts';

export interface Sifted<T> {
  /** May be asked now, in the order given; those that are asked only because too many are out come last. */
  readonly ready: readonly T[];
  readonly resting: readonly { readonly candidate: T; readonly untilMs: number }[];
}

const mostOut = 0.5;
const nobody: Sifted<never>['resting'] = [];

/**
 * Who may be asked now. What a provider announced is always obeyed; ejections only while they leave at least half of the
 * accounts (above that they are ignored, for then the fault is likely elsewhere).
 */
export function sift<T extends Target>(known: GroupHealth | undefined, candidates: readonly T[], nowMs: number): Sifted<T> {
  if (!known || candidates.every((candidate) => isWell(known, candidate, nowMs))) return { ready: candidates, resting: nobody };
  const well: T[] = [];
  const out: { candidate: T; untilMs: number }[] = [];
  const resting: { candidate: T; untilMs: number }[] = [];
  for (const candidate of candidates) {
    const restMs = restsUntil(known, candidate, nowMs);
    const outMs = restMs > 0 ? 0 : outUntil(known, candidate, nowMs);
    if (restMs > 0) resting.push({ candidate, untilMs: restMs });
    else if (outMs > 0) out.push({ candidate, untilMs: outMs });
    else well.push(candidate);
  }
  if (out.length === 0) return { ready: resting.length === 0 ? candidates : well, resting };
  if (distinct(out.map(({ candidate }) => candidate)) > distinct(candidates) * mostOut) {
    return { ready: [...well, ...out.map(({ candidate }) => candidate)], resting };
  }
  return { ready: well, resting: [...resting, ...out] };
}

/** Of most groups everybody may be asked: then nothing is parted. Hot path. */
function isWell(known: GroupHealth, candidate: Target, nowMs: number): boolean {
  return restsUntil(known, candidate, nowMs) <= 0 && outUntil(known, candidate, nowMs) <= 0;
}

/** It is not to be asked now, whoever else is out. */
export function isClosed(known: GroupHealth, candidate: Target, nowMs: number): boolean {
  return !isWell(known, candidate, nowMs);
}

function restsUntil(known: GroupHealth, { upstream, model }: Target, nowMs: number): number {
  return known.accounts.get(upstream.id)?.account.restsUntil(familyOf(model), upstream, nowMs) ?? 0;
}

/** 0: not out. On trial it is out for all but one request at a time. */
function outUntil(known: GroupHealth, { upstream }: Target, nowMs: number): number {
  const endpoint = known.endpoints.get(endpointOf(upstream));
  const service = known.services.get(upstream.serviceId);
  return Math.max(endpoint ? closedUntil(endpoint, nowMs) : 0, service ? closedUntil(service, nowMs) : 0);
}

function closedUntil(breaker: Breaker, nowMs: number): number {
  const state = breaker.stateAt(nowMs);
  if (state === 'out') return breaker.untilMs;
  return state === 'trial' && breaker.isTryingAt(nowMs) ? nowMs + busyTrialMs : 0;
}

function distinct(candidates: readonly Target[]): number {
  return new Set(candidates.map(({ upstream }) => upstream.id)).size;
}
