import { compareRanks } from './compare-ranks.ts';
import type { ServiceOption } from './service-option.ts';
import { type Draw, scoreOf } from './sticky/draw.ts';
import type { Circumstances, Strategy } from './strategies/strategy.ts';

/**
 * Services, best first: those with the model itself before those with a stand-in, of these those that speak as the
 * caller does, then by strategy, and what comes out even is drawn by weight.
 */
export function orderOptions(
  options: readonly ServiceOption[],
  strategy: Strategy,
  circumstances: Circumstances,
  draw: Draw,
): readonly ServiceOption[] {
  if (options.length < 2) return options;
  const ranks = strategy.rankServices(options, circumstances);
  const ranked = options.map((option, at) => ({
    option,
    rank: [option.substituted ? 1 : 0, option.translation ? 1 : 0, ...(ranks[at] ?? [])],
    score: scoreOf(option.route.weight, draw(option.route.service.id)),
  }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || (a.score === b.score ? 0 : b.score - a.score));
  return ranked.map(({ option }) => option);
}
