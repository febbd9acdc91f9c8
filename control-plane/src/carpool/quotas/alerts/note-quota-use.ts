import { type AlertId, type GroupId, type KeyId, newId, type QuotaId, type UserId } from '@aicarpool/shared-protocol';
import { eq, inArray } from 'drizzle-orm';
import type { Ctx, Db } from '../../../kernel/index.ts';
import type { QuotaState } from '../../ports.ts';
import { carpoolAlerts, carpoolEvents, carpoolKeys, carpoolQuotas } from '../../tables.ts';
import { hasReached } from '../quota-use.ts';
import { placeIn, type QuotaRow } from '../rules/rule.ts';

type AlertRow = typeof carpoolAlerts.$inferSelect;
/** A window as it was settled. */
export type UsedWindow = Pick<QuotaState, 'quotaId' | 'subject' | 'startsAt' | 'endsAt' | 'limit' | 'used' | 'isReached'>;

/**
 * Takes note of windows that were used of, and tells people of those that came near their limit or reached it: an alert
 * and an event, once for each window, subject, limit and level. May be called any number of times with the same windows,
 * in the transaction that settled them. The limit is that of the rule.
 */
export async function noteQuotaUse(tx: Db, ctx: Pick<Ctx, 'clock'>, windows: readonly UsedWindow[]): Promise<void> {
  if (windows.length === 0) return;
  const ids = [...new Set(windows.map(({ quotaId }) => quotaId as QuotaId))];
  const rules = new Map(
    (await tx.select().from(carpoolQuotas).where(inArray(carpoolQuotas.id, ids))).map((rule) => [rule.id as string, rule]),
  );
  const rows: AlertRow[] = [];
  for (const window of windows) {
    const rule = rules.get(window.quotaId);
    const level = rule && levelOf(rule, window);
    if (rule && level) rows.push(await rowOf(tx, ctx, rule, window, level));
  }
  if (rows.length === 0) return;
  const raised = await tx.insert(carpoolAlerts).values(rows).onConflictDoNothing().returning();
  if (raised.length > 0) await tx.insert(carpoolEvents).values(raised.map(eventOf));
}

function levelOf(rule: QuotaRow, window: UsedWindow): AlertRow['level'] | undefined {
  const { limit, alertPercent } = rule;
  // Nothing may be used of a limit of zero: that is no news.
  if (limit === 0) return undefined;
  if (hasReached(window, rule)) return 'reached';
  return window.used / limit >= alertPercent / 100 ? 'near' : undefined;
}

async function rowOf(
  tx: Db,
  ctx: Pick<Ctx, 'clock'>,
  rule: QuotaRow,
  { subject, used, startsAt, endsAt }: UsedWindow,
  level: AlertRow['level'],
): Promise<AlertRow> {
  return {
    id: newId('alert') as AlertId,
    groupId: rule.groupId,
    quotaId: rule.id,
    place: placeIn(rule),
    subject,
    userId: await concernedBy(tx, rule, subject),
    level,
    limit: rule.limit,
    used,
    startsAt,
    endsAt,
    raisedAt: ctx.clock.now(),
    acknowledgedAt: null,
    acknowledgedBy: null,
  };
}

async function concernedBy(tx: Db, { of }: QuotaRow, subject: string): Promise<UserId | null> {
  if (of === 'group') return null;
  if (of === 'member') return subject as UserId;
  const [key] = await tx
    .select({ userId: carpoolKeys.userId })
    .from(carpoolKeys)
    .where(eq(carpoolKeys.id, subject as KeyId));
  return key?.userId ?? null;
}

function eventOf(alert: AlertRow): typeof carpoolEvents.$inferInsert {
  return {
    id: `quota_${alert.id}`,
    groupId: alert.groupId as GroupId,
    kind: alert.level === 'near' ? 'quota_near' : 'quota_reached',
    at: alert.raisedAt,
    receivedAt: alert.raisedAt,
    userId: alert.userId,
    serviceId: alert.place.serviceId,
    reason: `${alert.place.of}_${alert.place.window}`,
    until: alert.endsAt,
    count: 1,
  };
}
