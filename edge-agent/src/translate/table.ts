import type { Dialect } from '@aicarpool/shared-protocol';
import type { Translation } from './translation.ts';

/** Every pair that can be served; a pair that is not here is refused by routing. */
const translations: readonly Translation[] = [];

const byPair = new Map(translations.map((one) => [`${one.from}>${one.to}`, one]));

export function findTranslation(from: Dialect, to: Dialect): Translation | undefined {
  return byPair.get(`${from}>${to}`);
}
