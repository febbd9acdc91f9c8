import { createHash } from 'node:crypto';
import type { Egress } from '@aicarpool/shared-protocol';
import type { ProxyEntry } from '../../snapshot/snapshot.ts';

export interface Choice {
  readonly id: string;
  readonly latencyMs: number | null;
  readonly location: ProxyEntry['location'];
}

export interface Asker {
  readonly userId: string;
  /** Counts the requests of a group; round robin turns by it. */
  readonly turn: number;
  readonly random: () => number;
  /** Of this node; undefined: not known. */
  readonly location?: NonNullable<ProxyEntry['location']> | undefined;
  /** Where a sticky member of a group that looks for the nearest was before. */
  readonly before?: string | undefined;
}

/** The proxies that may be used, in the order in which they are tried. `choices` come in the order of preference. */
export function orderProxies<T extends Choice>(
  choices: readonly T[],
  { strategy, sticky }: Pick<Egress, 'strategy' | 'sticky'>,
  asker: Asker,
): T[] {
  if (choices.length < 2 || strategy === 'fixed') return [...choices];
  if (strategy === 'geo_optimal') {
    const nearest = byScore(choices, (choice) => expectedMs(choice, asker.location));
    return sticky ? firstOf(nearest, asker.before) : nearest;
  }
  if (sticky) return byScore(choices, ({ id }) => rendezvous(asker.userId, id));
  const start = strategy === 'round_robin' ? asker.turn : Math.floor(asker.random() * choices.length);
  const first = start % choices.length;
  return [...choices.slice(first), ...choices.slice(0, first)];
}

/** Smallest score first; equal ones stay in the order of preference. */
function byScore<T>(choices: readonly T[], scoreOf: (choice: T) => number): T[] {
  const scored = choices.map((choice) => ({ choice, score: scoreOf(choice) }));
  return scored.sort((a, b) => (a.score === b.score ? 0 : a.score - b.score)).map(({ choice }) => choice);
}

function firstOf<T extends Choice>(choices: readonly T[], id: string | undefined): T[] {
  const held = choices.find((choice) => choice.id === id);
  return held ? [held, ...choices.filter((choice) => choice !== held)] : [...choices];
}

/** What was measured, else what light in glass needs there and back, else last. */
function expectedMs({ latencyMs, location }: Choice, from: Asker['location']): number {
  if (latencyMs !== null) return latencyMs;
  return from && location ? 20 + distanceKm(from, location) / 100 : Number.POSITIVE_INFINITY;
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

const earthRadiusKm = 6371;

export function distanceKm(a: Place, b: Place): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (degrees: number) => Math.sin(rad(degrees) / 2) ** 2;
  const chord =
    half(b.latitude - a.latitude) + Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * half(b.longitude - a.longitude);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** The same member and proxy always score the same, so a proxy that leaves moves its own members only. */
function rendezvous(userId: string, proxyId: string): number {
  return createHash('sha1').update(`${userId}|${proxyId}`).digest().readUInt32BE(0);
}
