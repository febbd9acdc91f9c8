import { and, count, eq, isNotNull, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import type { Ctx } from '../../kernel/context.ts';
import { fleetNodes } from '../tables.ts';
import { issueRegistrationToken } from './issue-registration-token.ts';

const validForMinutes = 60;

/**
 * A registration token for the node beside the control plane when no central node with an identity key is registered, else undefined.
 * The caller runs as the system and writes it where that node finds it, readable by its owner only. The token that was
 * made at an earlier start and never used stays good until it expires.
 */
export async function ensureCentralRegistration(ctx: Ctx, publicUrl: string): Promise<string | undefined> {
  allow(ctx, 'fleet.registration.issue');
  const [central] = await ctx.db
    .select({ nodes: count() })
    .from(fleetNodes)
    .where(and(eq(fleetNodes.role, 'central'), isNull(fleetNodes.retiredAt), isNotNull(fleetNodes.identityKeyId)));
  if (central && central.nodes > 0) return undefined;
  const input = { role: 'central', nodeName: 'central', groupIds: null, expiresInMinutes: validForMinutes } as const;
  const { registrationToken } = await issueRegistrationToken(ctx, input, publicUrl);
  return registrationToken;
}
