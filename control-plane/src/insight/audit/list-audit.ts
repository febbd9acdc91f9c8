import type { AuditRow } from '@aicarpool/shared-protocol/console';
import { and, count, desc, eq, gte, like, lt, type SQL } from 'drizzle-orm';
import { allow, type Ctx, Forbidden, Invalid } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import type { InsightParts } from '../ports.ts';

interface AuditInput {
  readonly page: number;
  readonly limit: number;
  readonly action?: string | undefined;
  readonly actor_id?: string | undefined;
  readonly target_kind?: string | undefined;
  readonly target_id?: string | undefined;
  readonly group_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Who did what, newest first: everything for administrators, a group's own history for who manages it. */
export async function listAudit(
  ctx: Ctx,
  parts: InsightParts,
  input: AuditInput,
): Promise<{ entries: AuditRow[]; total: number }> {
  allow(ctx, 'insight.audit.read');
  if (!seesEverything(ctx)) await mustManage(ctx, parts, input.group_id);
  const where = and(...conditionsOf(input));
  const [[counted], rows] = await Promise.all([
    ctx.db.select({ total: count() }).from(kernelAudit).where(where),
    ctx.db
      .select()
      .from(kernelAudit)
      .where(where)
      .orderBy(desc(kernelAudit.at), desc(kernelAudit.id))
      .limit(input.limit)
      .offset((input.page - 1) * input.limit),
  ]);
  return { entries: rows.map(entryOf), total: counted?.total ?? 0 };
}

function seesEverything({ actor }: Ctx): boolean {
  return actor.kind === 'system' || (actor.kind === 'user' && (actor.role === 'super_admin' || actor.role === 'admin'));
}

async function mustManage(ctx: Ctx, parts: InsightParts, groupId: string | undefined): Promise<void> {
  if (groupId === undefined) throw new Forbidden('audit_forbidden', 'name a group that you manage: group_id');
  const group = await parts.carpool.getGroup(ctx, groupId);
  if (!group.seesAll) throw new Forbidden('audit_forbidden', 'only who manages the group may read its history');
}

function conditionsOf(input: AuditInput): SQL[] {
  const found: SQL[] = [];
  if (input.action !== undefined) found.push(actionIs(input.action));
  if (input.actor_id !== undefined) found.push(eq(kernelAudit.actorId, input.actor_id));
  if (input.target_kind !== undefined) found.push(eq(kernelAudit.targetKind, input.target_kind));
  if (input.target_id !== undefined) found.push(eq(kernelAudit.targetId, input.target_id));
  if (input.group_id !== undefined) found.push(eq(kernelAudit.groupId, input.group_id));
  if (input.from !== undefined) found.push(gte(kernelAudit.at, instantOf('from', input.from)));
  if (input.to !== undefined) found.push(lt(kernelAudit.at, instantOf('to', input.to)));
  return found;
}

/** `carpool.key.` stands for every action that begins so. */
function actionIs(action: string): SQL {
  if (!action.endsWith('.')) return eq(kernelAudit.action, action);
  return like(kernelAudit.action, `${action.replaceAll(/[\\%_]/g, '\\$&')}%`);
}

function instantOf(field: string, text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Invalid('date_unreadable', `${field}: write an instant (2025-07-15T08:00:00Z)`);
  return at;
}

function entryOf(row: typeof kernelAudit.$inferSelect): AuditRow {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor_kind: row.actorKind,
    actor_id: row.actorId,
    action: row.action,
    target_kind: row.targetKind,
    target_id: row.targetId,
    group_id: row.groupId,
    request_id: row.requestId,
    address: row.address,
    before: row.before,
    after: row.after,
  };
}
