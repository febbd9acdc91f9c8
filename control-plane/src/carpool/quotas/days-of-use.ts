import type { UserId } from '@aicarpool/shared-protocol';
import type { QuotaTrend } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx, NotFound } from '../../kernel/index.ts';
import { type GroupAccess, getGroupAccess } from '../groups/group-access.ts';
import type { CarpoolPorts, UseAsked } from '../ports.ts';
import { readBounds } from './quota-use.ts';
import { listSubjects } from './rules/read-rules.ts';
import { type QuotaRow, toConsole } from './rules/rule.ts';
import { getRule } from './set-quota.ts';

type Books = Pick<CarpoolPorts, 'readDaysOfUse'>;
const daysShown = 30;
const dayMs = 86_400_000;

export interface Day {
  /** YYYY-MM-DD in the time zone of the group. */
  readonly date: string;
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** Each of the last 30 days, the current one last; a day of which the books say nothing is zero. */
export async function readDays(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { readDaysOfUse }: Books,
  ask: Omit<UseAsked, 'sinceAt'>,
): Promise<Day[]> {
  const now = ctx.clock.now();
  const sinceAt = new Date(now.getTime() - (daysShown + 1) * dayMs);
  const days = new Map((await readDaysOfUse(ctx.db, { ...ask, sinceAt })).map((one) => [one.day, one]));
  return lastDays(now, ask.timeZone, daysShown).map((date) => {
    const { tokens = 0, costNanoUsd = 0 } = days.get(date) ?? {};
    return { date, tokens, costNanoUsd };
  });
}

/** YYYY-MM-DD of an instant in a time zone. */
export function dayIn(timeZone: string, at: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
}

/** Tokens since the beginning of the current month. */
export async function usedThisMonth(
  ctx: Pick<Ctx, 'db' | 'clock'>,
  { readDaysOfUse }: Books,
  ask: Omit<UseAsked, 'sinceAt'>,
): Promise<number> {
  const { month } = await readBounds(ctx.db, ask.timeZone, ctx.clock.now());
  const days = await readDaysOfUse(ctx.db, { ...ask, sinceAt: month.startsAt ?? new Date(0) });
  return days.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** The names of the last days of a time zone, oldest first. */
export function lastDays(now: Date, timeZone: string, count: number): string[] {
  const noonMs = Date.parse(`${dayIn(timeZone, now)}T12:00:00Z`);
  return Array.from({ length: count }, (_, at) => new Date(noonMs - (count - 1 - at) * dayMs).toISOString().slice(0, 10));
}

/**
 * What a quota counted on each of the last 30 days. Of a quota of each member or key: of all of them, or of `subject`.
 * Members see the group and themselves: 404 `quota_unknown` for the rest.
 */
export async function getTrend(
  ctx: Ctx,
  books: Books,
  { groupId, quotaId, subject }: { readonly groupId: string; readonly quotaId: string; readonly subject?: string | undefined },
): Promise<QuotaTrend> {
  allow(ctx, 'carpool.quota.read');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  const rule = await getRule(ctx.db, access.group, quotaId);
  const whose = await askedOf(ctx, access, rule, rule.subject ?? subject);
  const { group } = access;
  const service = rule.serviceId === null ? {} : { service: rule.serviceId };
  const days = await readDays(ctx, books, { groupId: group.id, timeZone: group.timeZone, ...service, ...whose });
  return {
    quota_id: rule.id,
    unit: rule.unit === 'tokens' ? 'tokens' : 'usd',
    time_zone: group.timeZone,
    days: days.map(({ date, tokens, costNanoUsd }) => ({
      date,
      used: rule.unit === 'tokens' ? tokens : toConsole(rule.unit, costNanoUsd),
    })),
  };
}

async function askedOf(
  ctx: Ctx,
  { group, canManage }: GroupAccess,
  { of }: QuotaRow,
  subject: string | undefined,
): Promise<Pick<UseAsked, 'userId' | 'keyId'>> {
  if (of === 'group') return {};
  const self = ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as UserId);
  const asked = subject ?? (canManage ? undefined : of === 'member' ? self : undefined);
  if (asked === undefined) {
    if (canManage) return {};
    throw new NotFound('quota_unknown', 'say which of your keys: subject');
  }
  const mine = canManage ? undefined : await listSubjects(ctx.db, group.id, of, self);
  if (mine && !mine.some(({ id }) => id === asked)) throw new NotFound('quota_unknown', 'the group has no such quota of yours');
  return of === 'member' ? { userId: asked } : { keyId: asked };
}
