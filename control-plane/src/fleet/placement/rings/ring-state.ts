import type { fleetRollouts } from '../../tables.ts';

export type RolloutRow = typeof fleetRollouts.$inferSelect;

/** What a node that serves the scope of a change says of it. */
export interface RingNode {
  readonly ring: number;
  readonly online: boolean;
  readonly confirmed: number;
  /** It refuses the change, or crashed with its config. */
  readonly refuses: boolean;
}

export interface RingState {
  /** Every node that has the change holds it, and none refuses it. One that is away is not waited for, unless all are. */
  readonly isWell: boolean;
  /** The next ring that has a node; null: there is none, the change is everywhere. */
  readonly nextRing: number | null;
}

/** How a change does in the rings that it has reached. Pure. */
export function ringState(rollout: Pick<RolloutRow, 'ring' | 'version'>, nodes: readonly RingNode[]): RingState {
  const reached = nodes.filter(({ ring }) => ring <= rollout.ring);
  const present = reached.filter(({ online }) => online);
  const outer = nodes.map(({ ring }) => ring).filter((ring) => ring > rollout.ring);
  const isHeld = present.every(({ confirmed }) => confirmed >= rollout.version) && (present.length > 0 || reached.length === 0);
  return {
    isWell: isHeld && !reached.some(({ refuses }) => refuses),
    nextRing: outer.length === 0 ? null : Math.min(...outer),
  };
}
