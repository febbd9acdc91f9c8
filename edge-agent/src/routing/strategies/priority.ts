import type { Strategy } from './strategy.ts';

/** The order that the group gives its services. */
export const byPriority: Strategy = {
  rankServices: (options) => options.map(({ route }) => [route.priority]),
};
