import type { OpenedWindow, SettleAnswer, WindowWish } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Head } from '../../../kernel/change-log.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { type Db, inTransaction } from '../../../kernel/db.ts';
import type { SettlementMemory } from '../memory.ts';
import { runPrepared } from '../prepared.ts';
import type { QuotaFact, QuotaFacts } from '../quota-facts.ts';

const lockSpace = 727_274_003;

export interface OpenAsked {
  readonly wishes: readonly WindowWish[];
  /** Groups that the node serves now. */
  readonly served: ReadonlySet<string>;
  readonly head: Head;
  /** The centre was restored: windows that it lost are not numbered anew before their holders were heard. */
  readonly learning: boolean;
}

export interface OpenResult {
  readonly opened: readonly (OpenedWindow & Pick<WindowWish, 'need' | 'target'>)[];
  readonly refused: SettleAnswer['refused'];
}

interface Fit {
  readonly wish: WindowWish;
  readonly fact: QuotaFact;
}

/**
 * Gives numbers to windows that a node needs: the current one, or the one after it. Windows of an account follow one
 * another without gap or overlap, also when the time zone of the group changes; Postgres alone computes their bounds.
 */
// No allow: settlement asked. No audit: a window grants nothing.
export async function openWindows(ctx: Ctx, facts: QuotaFacts, memory: SettlementMemory, asked: OpenAsked): Promise<OpenResult> {
  if (asked.wishes.length === 0) return { opened: [], refused: [] };
  return await inTransaction(ctx, async (tx) => {
    const quotas = await memory.quotasAt(
      tx,
      asked.head,
      asked.wishes.map(({ quota }) => quota),
    );
    const refused: { quota: string; subject: string; reason: string }[] = [];
    const fits: Fit[] = [];
    for (const wish of asked.wishes) {
      const fact = quotas.get(wish.quota);
      const reason = misfit(wish, fact, asked.served);
      if (fact && reason === undefined) fits.push({ wish, fact });
      else refused.push({ quota: wish.quota, subject: wish.subject, reason: reason ?? 'quota_unknown' });
    }
    const known = await withKnownSubjects(tx, facts, fits);
    for (const { wish } of fits)
      if (!known.some((fit) => fit.wish === wish))
        refused.push({ quota: wish.quota, subject: wish.subject, reason: 'subject_unknown' });
    const windows = await numberWindows(tx, known, ctx.clock.now(), asked.learning);
    return { opened: windows, refused };
  });
}

function misfit({ subject, next }: WindowWish, fact: QuotaFact | undefined, served: ReadonlySet<string>): string | undefined {
  if (!fact) return 'quota_unknown';
  const { quota } = fact;
  if (!served.has(quota.group_id)) return 'not_served';
  if (next && quota.window === 'total') return 'no_next';
  if (quota.of === 'group') return subject === '' ? undefined : 'subject_unknown';
  return subject !== '' && (quota.subject ?? subject) === subject ? undefined : 'subject_unknown';
}

async function withKnownSubjects(tx: Db, facts: QuotaFacts, fits: readonly Fit[]): Promise<readonly Fit[]> {
  const known = new Set<string>();
  const groups = Map.groupBy(
    fits.filter(({ fact }) => fact.quota.of !== 'group'),
    ({ fact }) => `${fact.quota.group_id}|${fact.quota.of}`,
  );
  for (const [place, members] of groups) {
    const { group_id: groupId, of } = members[0]?.fact.quota ?? { group_id: '', of: 'group' };
    if (of === 'group') continue;
    const found = await facts.knownSubjects(
      tx,
      groupId,
      of,
      members.map(({ wish }) => wish.subject),
    );
    for (const subject of found) known.add(`${place}|${subject}`);
  }
  return fits.filter(
    ({ wish, fact }) => fact.quota.of === 'group' || known.has(`${fact.quota.group_id}|${fact.quota.of}|${wish.subject}`),
  );
}

interface RawNumber {
  quota_id: string;
  subject: string;
  next: boolean;
  win: string;
  starts_at: string | null;
  ends_at: string | null;
}

async function numberWindows(tx: Db, fits: readonly Fit[], now: Date, learning: boolean): Promise<OpenResult['opened']> {
  if (fits.length === 0) return [];
  const wishes = JSON.stringify(
    fits.map(({ wish, fact: { quota, timeZone } }) => ({
      quota_id: wish.quota,
      subject: wish.subject,
      next: wish.next,
      group_id: quota.group_id,
      unit: quota.unit,
      period: quota.window,
      zone: timeZone,
      lim: quota.limit,
    })),
  );
  await runPrepared(
    tx,
    sql`SELECT pg_advisory_xact_lock(${lockSpace}::int, place) FROM (
          SELECT DISTINCT hashtext(quota_id) AS place FROM jsonb_to_recordset(${wishes}::text::jsonb) AS wish (quota_id text)
           ORDER BY 1) AS places`,
  );
  const wanted = wantedWindows(wishes, now);
  if (!learning) {
    await runPrepared(
      tx,
      sql`INSERT INTO fleet_windows (quota_id, group_id, subject, unit, "window", starts_at, ends_at, "limit", limit_peak)
          SELECT quota_id, group_id, subject, unit, period, starts, ends, lim, lim FROM (${wanted}) AS wanted
          ON CONFLICT (quota_id, subject, starts_at) DO NOTHING`,
    );
  }
  const rows = await runPrepared<RawNumber>(
    tx,
    sql`SELECT kept.quota_id, kept.subject, wanted.next, kept.win, ${instantText(sql`kept.starts_at`)} AS starts_at,
               ${instantText(sql`kept.ends_at`)} AS ends_at
          FROM (${wanted}) AS wanted JOIN fleet_windows AS kept
            ON (kept.quota_id, kept.subject) = (wanted.quota_id, wanted.subject) AND kept.starts_at IS NOT DISTINCT FROM wanted.starts`,
  );
  const fitOf = new Map(fits.map((fit) => [`${fit.wish.quota}|${fit.wish.subject}|${fit.wish.next}`, fit]));
  return rows.flatMap((row) => {
    const fit = fitOf.get(`${row.quota_id}|${row.subject}|${row.next}`);
    if (!fit) return [];
    const { need, target } = fit.wish;
    const { unit, window } = fit.fact.quota;
    const { quota_id: quota, subject, next, starts_at, ends_at } = row;
    return [{ quota, subject, next, win: Number(row.win), unit, window, starts_at, ends_at, need, target }];
  });
}

/** Bounds of each wished window: of the one that is there, or as it follows from the one before. */
function wantedWindows(wishes: string, now: Date) {
  const at = sql`${now.toISOString()}::timestamptz`;
  return sql`
    SELECT wish.*, CASE WHEN wish.next THEN coming.starts ELSE here.starts END AS starts,
           CASE WHEN wish.next THEN coming.ends ELSE here.ends END AS ends
      FROM jsonb_to_recordset(${wishes}::text::jsonb)
           AS wish (quota_id text, subject text, next bool, group_id text, unit text, period text, zone text, lim bigint)
     CROSS JOIN LATERAL (
       SELECT max(ends_at) FILTER (WHERE ends_at <= ${at}) AS after,
              max(starts_at) FILTER (WHERE starts_at <= ${at} AND ${at} < ends_at) AS starts,
              max(ends_at) FILTER (WHERE starts_at <= ${at} AND ${at} < ends_at) AS ends
         FROM fleet_windows WHERE quota_id = wish.quota_id AND subject = wish.subject) AS kept
     CROSS JOIN LATERAL fleet_window_at(wish.period, wish.zone, ${at}, kept.after) AS fresh
     CROSS JOIN LATERAL (SELECT coalesce(kept.starts, fresh.starts) AS starts, coalesce(kept.ends, fresh.ends) AS ends) AS here
     CROSS JOIN LATERAL (SELECT ends_at FROM fleet_windows WHERE quota_id = wish.quota_id AND subject = wish.subject
                            AND starts_at = here.ends UNION ALL SELECT NULL LIMIT 1) AS booked
     CROSS JOIN LATERAL fleet_window_at(wish.period, wish.zone, here.ends, here.ends) AS following
     CROSS JOIN LATERAL (SELECT here.ends AS starts, coalesce(booked.ends_at, following.ends) AS ends) AS coming`;
}

function instantText(column: ReturnType<typeof sql>) {
  return sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
