import { and, count, desc, gt, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import type { Ctx } from '../../kernel/context.ts';
import { offsetOf, type Page } from '../../kernel/http/reply.ts';
import { fleetRegistrationTokens } from '../tables.ts';

export type OpenRegistrationToken = Omit<typeof fleetRegistrationTokens.$inferSelect, 'tokenHash'>;

/** Tokens that can still enroll a node, newest first, without their text. */
export async function listRegistrationTokens(ctx: Ctx, page: Page): Promise<{ tokens: OpenRegistrationToken[]; total: number }> {
  allow(ctx, 'fleet.registration.read');
  const table = fleetRegistrationTokens;
  const open = and(isNull(table.usedAt), isNull(table.revokedAt), gt(table.expiresAt, ctx.clock.now()));
  const tokens = await ctx.db
    .select()
    .from(table)
    .where(open)
    .orderBy(desc(table.createdAt), desc(table.id))
    .limit(page.limit)
    .offset(offsetOf(page));
  const [totals] = await ctx.db.select({ total: count() }).from(table).where(open);
  return { tokens: tokens.map(({ tokenHash: _, ...token }) => token), total: totals?.total ?? 0 };
}
