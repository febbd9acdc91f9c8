import type { Scenario } from '../scenario.ts';
import { killedNode } from './processes/g-01-killed-node.ts';

/** The fault table, in its order. */
export const scenarios: readonly Scenario[] = [killedNode];
