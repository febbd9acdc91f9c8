import type { Strategy } from './strategy.ts';

/** Chance alone, by the weights that the group gives its services. */
export const byWeight: Strategy = {
  rankServices: (options) => options.map(() => []),
};
