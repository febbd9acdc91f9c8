import { costNanoUsd, noTokens } from '@aicarpool/shared-protocol';
import type { Demand } from '../demand.ts';
import type { ServiceOption } from '../service-option.ts';
import type { Strategy } from './strategy.ts';

/** Output that is assumed where the caller sets no limit: as much for every service, so that it decides little. */
const assumedOutputTokens = 1_000;

/** The cheapest model for this request first; what has no price stands behind all that has. */
export const byCost: Strategy = {
  rankServices: (options, { demand }) => options.map((option) => [costOf(option, demand), option.route.priority]),
};

function costOf({ entry }: ServiceOption, demand: Demand): number {
  if (!entry?.price) return Number.POSITIVE_INFINITY;
  const output =
    demand.operation === 'generate' ? Math.min(demand.maxOutputTokens ?? assumedOutputTokens, assumedOutputTokens) : 0;
  return costNanoUsd({ ...noTokens, input: demand.inputTokens, output }, entry.price);
}
