import { type Hash64, hashOfId, unitOf } from './hash.ts';

/** 0 < u < 1 for one of several; the one with the highest score is drawn. */
export type Draw = (id: string) => number;

/** Anew for every request. `random`: 0 ≤ x < 1. */
export function chance(random: () => number): Draw {
  return () => 1 - random();
}

/** The same for every request of a session: rendezvous hashing. */
export function fate(affinity: Hash64): Draw {
  return (id) => unitOf(affinity, hashOfId(id));
}

/** −w / ln u: each wins in proportion to its weight, and who wins does not depend on who else is there. */
export function scoreOf(weight: number, unit: number): number {
  if (weight <= 0) return 0;
  return unit >= 1 ? Number.POSITIVE_INFINITY : -weight / Math.log(unit);
}
