import type { Facts } from './facts.ts';
import type { Hub } from './hub/hub.ts';
import type { SigningKeys } from './identity/signing-keys/signing-keys.ts';
import type { Placements } from './placement/placements.ts';
import type { RingViews } from './placement/rings/ring-view.ts';
import type { SettlementParts } from './settlement/settlement-parts.ts';

/** What the verbs of one replica share. */
export interface FleetParts {
  readonly facts: Facts;
  readonly hub: Hub;
  readonly placements: Placements;
  readonly signingKeys: SigningKeys;
  readonly rings: RingViews;
  readonly settlement: SettlementParts;
  /** Where nodes and browsers reach the control plane, without a slash at its end. */
  readonly publicUrl: string;
}
