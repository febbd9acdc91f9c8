import { fitsContext, fitsOutput, missingFeatures } from '../models/meets-demand.ts';
import type { Strategy } from './strategy.ts';

/**
 * Services whose model has every feature that the request uses, then room for it, then those that know the model by its
 * own name, then those that list it: of these the most is known.
 */
export const byCapability: Strategy = {
  rankServices: (options, { demand }) =>
    options.map(({ entry, aliased, route }) => [
      missingFeatures(entry, demand),
      fitsContext(entry, demand) ? 0 : 1,
      fitsOutput(entry, demand) ? 0 : 1,
      aliased ? 1 : 0,
      entry ? 0 : 1,
      route.priority,
    ]),
};
