import type { QuotaUse } from '@aicarpool/shared-protocol/console';
import { sql } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import type { CarpoolPorts, QuotaState } from '../ports.ts';
import { type QuotaRow, toConsole } from './rules/rule.ts';

type Books = Pick<CarpoolPorts, 'readQuotaState'>;
type Window = QuotaRow['window'];

interface Bounds {
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

/** How the current windows of rules of one group stand. */
export interface StandingQuotas {
  /** `subject`: member or key; "" for the group. A limit that was just changed counts already. */
  stateOf(rule: QuotaRow, subject: string): QuotaState;
}

export async function readStanding(
  ctx: Pick<Ctx, 'clock'>,
  db: Db,
  { readQuotaState }: Books,
  rules: readonly QuotaRow[],
  timeZone: string,
): Promise<StandingQuotas> {
  const now = ctx.clock.now();
  const ids = rules.map(({ id }) => id);
  const states = ids.length === 0 ? [] : await readQuotaState(db, ids, now);
  const byName = new Map(states.map((state) => [`${state.quotaId}|${state.subject}`, state]));
  const bounds = await readBounds(db, timeZone, now);
  return {
    stateOf(rule, subject) {
      const { limit } = rule;
      const unused = { quotaId: rule.id, subject, limit, used: 0, promised: 0, isReached: false, ...bounds[rule.window] };
      const state = byName.get(`${rule.id}|${subject}`) ?? unused;
      return { ...state, limit, isReached: hasReached(state, rule) };
    },
  };
}

/** When the current day and month of a time zone begin and end: by Postgres, as all windows. */
export async function readBounds(db: Db, timeZone: string, now: Date): Promise<Record<Window, Bounds>> {
  const at = now.toISOString();
  const [row] = await db.execute<Record<'day' | 'day_end' | 'month' | 'month_end', string>>(sql`
    SELECT date_trunc('day', w) AT TIME ZONE ${timeZone} AS day,
           (date_trunc('day', w) + interval '1 day') AT TIME ZONE ${timeZone} AS day_end,
           date_trunc('month', w) AT TIME ZONE ${timeZone} AS month,
           (date_trunc('month', w) + interval '1 month') AT TIME ZONE ${timeZone} AS month_end
      FROM (SELECT ${at}::timestamptz AT TIME ZONE ${timeZone} AS w) local`);
  if (!row) throw new Error('Postgres says nothing of a time zone');
  return {
    day: { startsAt: new Date(row.day), endsAt: new Date(row.day_end) },
    month: { startsAt: new Date(row.month), endsAt: new Date(row.month_end) },
    total: { startsAt: null, endsAt: null },
  };
}

/** What was found out under another limit does not count. */
export function hasReached(
  { used, limit, isReached }: Pick<QuotaState, 'used' | 'limit' | 'isReached'>,
  rule: Pick<QuotaRow, 'limit'>,
): boolean {
  return used >= rule.limit || (isReached && limit === rule.limit);
}

/** Percent of a limit, with two digits, never rounded up to 100. */
export function percentOf(used: number, limit: number): number {
  if (used >= limit) return limit === 0 ? 100 : Math.round((used / limit) * 10_000) / 100;
  return Math.min(Math.round((used / limit) * 10_000) / 100, 99.99);
}

export function toUse(rule: QuotaRow, state: QuotaState, name: string | null): QuotaUse {
  const { used, promised, limit, isReached } = state;
  const percent = percentOf(used, limit);
  return {
    subject: state.subject === '' ? null : state.subject,
    subject_name: name,
    limit: toConsole(rule.unit, limit),
    used: toConsole(rule.unit, used),
    promised: toConsole(rule.unit, promised),
    left: toConsole(rule.unit, Math.max(0, limit - used)),
    percent,
    state: isReached ? 'reached' : percent >= rule.alertPercent ? 'near' : 'ok',
    starts_at: state.startsAt?.toISOString() ?? null,
    resets_at: state.endsAt?.toISOString() ?? null,
  };
}
