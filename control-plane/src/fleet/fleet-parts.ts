import type { Facts } from './facts.ts';
import type { Hub } from './hub/hub.ts';
import type { Placements } from './placement/placements.ts';
import type { ScopeImages } from './sync/scope-images.ts';

/** What the verbs of one replica share. */
export interface FleetParts {
  readonly facts: Facts;
  readonly hub: Hub;
  readonly placements: Placements;
  readonly images: ScopeImages;
  /** Where nodes and browsers reach the control plane, without a slash at its end. */
  readonly publicUrl: string;
}
