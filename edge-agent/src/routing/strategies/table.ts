import type { RoutingStrategy } from '@aicarpool/shared-protocol';
import { byCapability } from './capability.ts';
import { byCost } from './cost.ts';
import { byPerformance } from './performance.ts';
import { byPriority } from './priority.ts';
import type { Strategy } from './strategy.ts';
import { byWeight } from './weight.ts';

export const strategies: Readonly<Record<RoutingStrategy, Strategy>> = {
  priority: byPriority,
  weight: byWeight,
  cost: byCost,
  performance: byPerformance,
  capability: byCapability,
};
