import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import type { GroupHealth } from '@aicarpool/shared-protocol/console';
import type { Ctx } from '../kernel/index.ts';

/** What carpool asks of those above it; `openApp` fills it. */
export interface CarpoolPorts {
  /**
   * What the nodes that serve a group say of its services and of these accounts. The caller has checked that the asker
   * may know.
   */
  readHealth(ctx: Ctx, groupId: string, upstreamIds: readonly string[]): Promise<GroupHealth>;
  /** Goes through a proxy of a group from a node that serves it; undefined: no node answers. */
  tryProxy(ctx: Ctx, groupId: string, proxyId: string): Promise<ProbeAnswer['result'] | undefined>;
}

/** Nobody says anything: for programs and tests without nodes. */
export const silentPorts: CarpoolPorts = {
  readHealth: async () => ({ services: new Map(), accounts: new Map() }),
  tryProxy: async () => undefined,
};
