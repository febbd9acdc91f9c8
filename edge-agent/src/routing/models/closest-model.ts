import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { Demand } from '../demand.ts';
import { fitsContext, fitsOutput, missingFeatures } from './meets-demand.ts';
import { type ModelProfile, profileOf, profileOfName } from './model-profile.ts';

/** A similar price may lie a little higher: 3 USD and 3.50 USD are one class. */
const priceTolerance = 1.25;

/**
 * The model of `offered` that stands in best for the asked one, never a bigger one: where both prices are known it costs
 * at most a quarter more, else it is of no higher tier by its name (opus/pro over sonnet over haiku/flash/mini; a name
 * without such a word counts as the middle). It can read the whole request and has every feature that the request
 * uses, as far as is known. Among those: nearest tier, room for the output asked for, most words shared with the asked name,
 * nearest price, newest by name. `asked` is what any service of the group lists under the asked name.
 */
export function findClosestModel(
  offered: readonly ModelEntry[],
  asked: ModelEntry | undefined,
  demand: Demand,
): ModelEntry | undefined {
  const wanted = profileOfName(demand.model, asked);
  let best: { entry: ModelEntry; rank: readonly number[] } | undefined;
  for (const entry of offered) {
    const profile = profileOf(entry);
    if (isBigger(profile, wanted) || !generates(profile) || !fitsContext(entry, demand)) continue;
    if (missingFeatures(entry, demand) > 0) continue;
    const rank = [
      Math.abs(wanted.tier - profile.tier),
      fitsOutput(entry, demand) ? 0 : 1,
      -sharedWords(profile, wanted),
      priceDistance(profile, wanted),
    ];
    if (!best || isBefore(rank, entry, best)) best = { entry, rank };
  }
  return best?.entry;
}

function isBigger(profile: ModelProfile, wanted: ModelProfile): boolean {
  if (profile.blendedPrice !== null && wanted.blendedPrice !== null) {
    return profile.blendedPrice > wanted.blendedPrice * priceTolerance;
  }
  return profile.tier > wanted.tier;
}

const otherTrades: ReadonlySet<string> = new Set([
  'embedding',
  'embed',
  'tts',
  'whisper',
  'transcribe',
  'image',
  'imagen',
  'dall',
  'sora',
  'veo',
  'moderation',
  'realtime',
  'audio',
]);

function generates({ words }: ModelProfile): boolean {
  return !words.some((word) => otherTrades.has(word));
}

function sharedWords(one: ModelProfile, other: ModelProfile): number {
  return one.words.filter((word) => other.words.includes(word)).length;
}

function priceDistance(one: ModelProfile, other: ModelProfile): number {
  if (one.blendedPrice === null || other.blendedPrice === null) return 0;
  return Math.abs(one.blendedPrice - other.blendedPrice);
}

const byVersion = new Intl.Collator('en', { numeric: true });

function isBefore(rank: readonly number[], entry: ModelEntry, best: { entry: ModelEntry; rank: readonly number[] }): boolean {
  for (const [at, figure] of rank.entries()) {
    const difference = figure - (best.rank[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return byVersion.compare(profileOf(entry).version, profileOf(best.entry).version) > 0;
}
