import type { Health, Outcome } from '../health/health.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { findTarget } from './targets.ts';

/** Takes in what others saw; of accounts that have left the config nothing is kept. */
export function hearOutcomes(health: Health, snapshot: Snapshot | undefined, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    const group = snapshot?.findGroup(outcome.groupId);
    const target = group && findTarget(group, outcome.upstreamId, outcome.model);
    if (group && target) health.hear(outcome, target, group);
  }
}
