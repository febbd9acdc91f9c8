import type { AlertId, GroupId } from '@aicarpool/shared-protocol';
import type { Alert } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, gt, inArray, isNotNull, isNull, or, type SQL } from 'drizzle-orm';
import { findPeople } from '../../../identity/index.ts';
import { allow, audit, type Ctx, type Db, inTransaction, NotFound, offsetOf, type Page } from '../../../kernel/index.ts';
import { isAdministrator } from '../../groups/group-access.ts';
import { carpoolAlerts, carpoolGroups, carpoolMemberships } from '../../tables.ts';
import { percentOf } from '../quota-use.ts';
import { namesOf } from '../rules/read-rules.ts';
import { placeView, toConsole } from '../rules/rule.ts';

interface AlertQuery extends Page {
  readonly group_id?: GroupId | undefined;
  readonly status?: 'open' | 'acknowledged' | undefined;
}

/** Alerts of groups that the caller manages, of his groups as a whole, and about himself; newest first. */
export async function listAlerts(ctx: Ctx, query: AlertQuery): Promise<{ alerts: Alert[]; total: number }> {
  allow(ctx, 'carpool.alert.read');
  const where = and(
    visibleTo(ctx),
    query.group_id && eq(carpoolAlerts.groupId, query.group_id),
    query.status === 'open' ? isOpen(ctx) : undefined,
    query.status === 'acknowledged' ? isNotNull(carpoolAlerts.acknowledgedAt) : undefined,
  );
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolAlerts).where(where);
  const rows = await ctx.db
    .select({ alert: carpoolAlerts, groupName: carpoolGroups.name })
    .from(carpoolAlerts)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolAlerts.groupId))
    .where(where)
    .orderBy(desc(carpoolAlerts.raisedAt), desc(carpoolAlerts.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  return { alerts: await viewsOf(ctx, ctx.db, rows), total: counted?.count ?? 0 };
}

/** Says that an alert was seen; the first to say so stays. 404 `alert_unknown` to those whom it does not concern. */
export async function acknowledgeAlert(ctx: Ctx, alertId: AlertId): Promise<Alert> {
  allow(ctx, 'carpool.alert.acknowledge');
  return await inTransaction(ctx, async (tx) => {
    const [row] = await tx
      .select({ alert: carpoolAlerts, groupName: carpoolGroups.name })
      .from(carpoolAlerts)
      .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolAlerts.groupId))
      .where(and(eq(carpoolAlerts.id, alertId), mayAcknowledge(ctx)))
      .for('update', { of: carpoolAlerts });
    if (!row) throw new NotFound('alert_unknown', 'there is no such alert, or it does not concern you');
    const { alert, groupName } = row;
    if (alert.acknowledgedAt === null) {
      alert.acknowledgedAt = ctx.clock.now();
      alert.acknowledgedBy = ctx.actor.kind === 'user' ? ctx.actor.userId : null;
      const { acknowledgedAt, acknowledgedBy } = alert;
      await tx.update(carpoolAlerts).set({ acknowledgedAt, acknowledgedBy }).where(eq(carpoolAlerts.id, alertId));
      await audit(tx, ctx, {
        action: 'carpool.alert.acknowledge',
        target: { kind: 'alert', id: alertId },
        groupId: alert.groupId,
        after: { quota_id: alert.quotaId, level: alert.level },
      });
    }
    const [view] = await viewsOf(ctx, tx, [{ alert, groupName }]);
    if (!view) throw new Error('an alert that was just read is not there');
    return view;
  });
}

function isOpen(ctx: Ctx): SQL | undefined {
  const isOn = or(isNull(carpoolAlerts.endsAt), gt(carpoolAlerts.endsAt, ctx.clock.now()));
  return and(isNull(carpoolAlerts.acknowledgedAt), isOn);
}

/** A member sees what concerns everybody in his group, and himself. */
function visibleTo(ctx: Ctx): SQL | undefined {
  if (isAdministrator(ctx)) return undefined;
  const everybody = and(isNull(carpoolAlerts.userId), inArray(carpoolAlerts.groupId, groupsOf(ctx.db, ctx)));
  return or(mayAcknowledge(ctx), everybody);
}

/** Managers may of the whole group, everybody of himself, as long as he is in it. */
function mayAcknowledge(ctx: Ctx): SQL | undefined {
  if (isAdministrator(ctx)) return undefined;
  const userId = ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as never);
  const mine = and(eq(carpoolAlerts.userId, userId), inArray(carpoolAlerts.groupId, groupsOf(ctx.db, ctx)));
  return or(mine, inArray(carpoolAlerts.groupId, groupsOf(ctx.db, ctx, 'manager')));
}

function groupsOf(db: Db, ctx: Ctx, role?: 'manager') {
  const userId = ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as never);
  return db
    .select({ id: carpoolMemberships.groupId })
    .from(carpoolMemberships)
    .where(
      and(
        eq(carpoolMemberships.userId, userId),
        eq(carpoolMemberships.status, 'active'),
        role && eq(carpoolMemberships.role, role),
      ),
    );
}

interface FoundAlert {
  readonly alert: typeof carpoolAlerts.$inferSelect;
  readonly groupName: string;
}

async function viewsOf(ctx: Ctx, db: Db, rows: readonly FoundAlert[]): Promise<Alert[]> {
  const managed = new Set((await groupsOf(db, ctx, 'manager')).map(({ id }) => id));
  const self = ctx.actor.kind === 'user' ? ctx.actor.userId : undefined;
  const subjects = new Map<GroupId, string[]>();
  for (const { alert } of rows) subjects.set(alert.groupId, [...(subjects.get(alert.groupId) ?? []), alert.subject]);
  const names = new Map<string, string>();
  for (const [groupId, ids] of subjects) for (const [id, name] of await namesOf(db, groupId, ids)) names.set(id, name);
  const people = await findPeople(
    db,
    rows.flatMap(({ alert }) => alert.acknowledgedBy ?? []),
  );
  return rows.map(({ alert, groupName }) => ({
    ...placeView(alert.place),
    id: alert.id,
    kind: 'quota',
    group_id: alert.groupId,
    group_name: groupName,
    quota_id: alert.quotaId,
    subject: alert.subject === '' ? null : alert.subject,
    subject_name: names.get(alert.subject) ?? null,
    level: alert.level,
    limit: toConsole(alert.place.unit, alert.limit),
    used: toConsole(alert.place.unit, alert.used),
    percent: percentOf(alert.used, alert.limit),
    raised_at: alert.raisedAt.toISOString(),
    resets_at: alert.endsAt?.toISOString() ?? null,
    acknowledged_at: alert.acknowledgedAt?.toISOString() ?? null,
    acknowledged_by: alert.acknowledgedBy === null ? null : (people.get(alert.acknowledgedBy)?.name ?? null),
    can_acknowledge: isAdministrator(ctx) || managed.has(alert.groupId) || (self !== undefined && alert.userId === self),
  }));
}
