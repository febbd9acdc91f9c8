import type { QuotaChangeEntry } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq } from 'drizzle-orm';
import { findPeople } from '../../identity/index.ts';
import { allow, type Ctx, offsetOf, type Page } from '../../kernel/index.ts';
import { assertManager, getGroupAccess } from '../groups/group-access.ts';
import { carpoolQuotaChanges } from '../tables.ts';
import { namesOf } from './rules/read-rules.ts';
import { placeView, termsView } from './rules/rule.ts';

interface HistoryQuery extends Page {
  readonly groupId: string;
  readonly quota_id?: (typeof carpoolQuotaChanges.$inferSelect)['quotaId'] | undefined;
}

/** Who changed which limit of a group, when and why; newest first. For its managers: 403 `not_the_manager`. */
export async function listChanges(ctx: Ctx, query: HistoryQuery): Promise<{ changes: QuotaChangeEntry[]; total: number }> {
  allow(ctx, 'carpool.quota.read');
  const access = await getGroupAccess(ctx.db, ctx, query.groupId);
  assertManager(access);
  const where = and(
    eq(carpoolQuotaChanges.groupId, access.group.id),
    query.quota_id && eq(carpoolQuotaChanges.quotaId, query.quota_id),
  );
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolQuotaChanges).where(where);
  const rows = await ctx.db
    .select()
    .from(carpoolQuotaChanges)
    .where(where)
    .orderBy(desc(carpoolQuotaChanges.at), desc(carpoolQuotaChanges.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  const subjects = rows.map(({ place }) => place.subject);
  const names = await namesOf(ctx.db, access.group.id, subjects);
  const actors = await findPeople(
    ctx.db,
    rows.flatMap(({ actorId }) => actorId ?? []),
  );
  const nameOf = (id: string | null) => (id === null ? '' : actors.get(id)?.name || actors.get(id)?.email || id);
  const changes = rows.map((row) => ({
    ...placeView(row.place),
    id: row.id,
    at: row.at.toISOString(),
    quota_id: row.quotaId,
    subject_name: row.place.subject === null ? null : (names.get(row.place.subject) ?? null),
    before: row.before && termsView(row.place.unit, row.before),
    after: row.after && termsView(row.place.unit, row.after),
    origin: row.origin,
    by: { kind: row.actorKind, id: row.actorId, name: nameOf(row.actorId) },
    reason: row.reason,
  }));
  return { changes, total: counted?.count ?? 0 };
}
