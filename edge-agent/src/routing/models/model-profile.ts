import type { ModelEntry } from '@aicarpool/shared-protocol';
import { type Tier, tierOf, wordsOf } from './model-tier.ts';

export interface ModelProfile {
  readonly words: readonly string[];
  /** The words without dates: of two like models the one that sorts later is newer. */
  readonly version: string;
  readonly tier: Tier;
  /** Three parts input to one of output, pico-USD; null: not known. */
  readonly blendedPrice: number | null;
}

const remembered = new WeakMap<ModelEntry, ModelProfile>();

export function profileOf(entry: ModelEntry): ModelProfile {
  const known = remembered.get(entry);
  if (known) return known;
  const profile = profileOfName(entry.model, entry);
  remembered.set(entry, profile);
  return profile;
}

/** Of a name that perhaps nobody lists. */
export function profileOfName(model: string, entry: ModelEntry | undefined): ModelProfile {
  const words = wordsOf(model);
  const price = entry?.price;
  const version = words.filter((word) => !isDate(word)).join(' ');
  return { words, version, tier: tierOf(words), blendedPrice: price ? (3 * price.input + price.output) / 4 : null };
}

function isDate(word: string): boolean {
  return word.length === 8 && word.startsWith('20') && Number.isInteger(Number(word));
}
