import { sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';

/** One thing that cannot be, if everything is right. */
export interface Violation {
  readonly invariant: InvariantName;
  readonly win: number | null;
  readonly book: string | null;
  readonly detail: string;
}

export type InvariantName =
  | 'windows_are_sums'
  | 'promises_within_limit'
  | 'spent_is_charged'
  | 'ended_is_used'
  | 'batches_are_contiguous'
  | 'windows_do_not_overlap'
  | 'totals_are_batches';

const atMost = 100;

const found = {
  windows_are_sums: sql`
    SELECT win, NULL AS book, format('window %s/%s/%s, slices %s/%s/%s', w.granted, w.returned, w.spent, s.granted, s.returned, s.spent) AS detail
      FROM fleet_windows AS w
      LEFT JOIN (SELECT win, sum(granted) AS granted, sum(returned) AS returned, sum(spent) AS spent FROM fleet_slices GROUP BY 1) AS s USING (win)
     WHERE (w.granted, w.returned, w.spent) IS DISTINCT FROM (coalesce(s.granted, 0), coalesce(s.returned, 0), coalesce(s.spent, 0))
    UNION ALL
    SELECT s.win, s.book, 'a slice of no window' FROM fleet_slices AS s WHERE NOT EXISTS (SELECT 1 FROM fleet_windows WHERE win = s.win)`,
  promises_within_limit: sql`
    SELECT win, NULL AS book, format('promised %s, allowed %s and %s forced', granted - returned, limit_peak, forced) AS detail
      FROM fleet_windows WHERE granted - returned > limit_peak + forced OR spent > granted - returned`,
  spent_is_charged: sql`
    SELECT win, book, format('spent %s, rows %s', spent, charged) AS detail FROM fleet_slices WHERE spent <> charged`,
  ended_is_used: sql`
    SELECT win, s.book, format('%s left over', s.granted - s.returned - s.spent) AS detail
      FROM fleet_windows AS w JOIN fleet_slices AS s USING (win) JOIN fleet_books AS b ON b.id = s.book
     WHERE s.granted - s.returned <> s.spent AND (s.closed OR (b.finished AND b.acked_seq = b.last_seq AND b.state = 'closed'))`,
  batches_are_contiguous: sql`
    SELECT NULL::bigint AS win, book, format('rows %s to %s after %s', from_seq, to_seq, before) AS detail
      FROM (SELECT book, from_seq, to_seq, prev_chain, kind,
                   coalesce(lag(to_seq) OVER near, 0) AS before, coalesce(lag(chain) OVER near, '') AS link
              FROM fleet_batches WINDOW near AS (PARTITION BY book ORDER BY to_seq)) AS b
     WHERE from_seq <> before + 1 OR prev_chain <> link OR to_seq < from_seq
    UNION ALL
    SELECT NULL, b.id, format('settled to %s, batches to %s', b.acked_seq, s.last)
      FROM fleet_books AS b
      LEFT JOIN (SELECT book, max(to_seq) AS last, (array_agg(chain ORDER BY to_seq DESC))[1] AS chain FROM fleet_batches GROUP BY 1) AS s ON s.book = b.id
     WHERE (b.acked_seq, b.chain) IS DISTINCT FROM (coalesce(s.last, 0), coalesce(s.chain, ''))`,
  windows_do_not_overlap: sql`
    SELECT win, NULL AS book, format('begins at %s, the one before ends at %s', starts_at, before) AS detail
      FROM (SELECT win, starts_at, ends_at, lag(ends_at) OVER (PARTITION BY quota_id, subject ORDER BY starts_at) AS before FROM fleet_windows) AS w
     WHERE before > starts_at OR ends_at <= starts_at`,
  totals_are_batches: sql`
    SELECT NULL::bigint AS win, NULL AS book, format('hours have %s rows for %s, batches %s rows for %s, counts %s rows', hours.rows, hours.cost, batches.rows, batches.cost, counts.rows) AS detail
      FROM (SELECT coalesce(sum(attempts), 0) AS rows, coalesce(sum(cost_nano_usd), 0) AS cost FROM fleet_hourly_totals) AS hours,
           (SELECT coalesce(sum(attempts), 0) AS rows, coalesce(sum(cost_nano_usd), 0) AS cost FROM fleet_batches) AS batches,
           (SELECT coalesce(sum(attempts), 0) AS rows FROM fleet_settled_counts) AS counts
     WHERE (hours.rows, hours.cost) IS DISTINCT FROM (batches.rows, batches.cost) OR hours.rows <> counts.rows`,
} as const satisfies Record<InvariantName, ReturnType<typeof sql>>;

/** Asks the books whether they contradict themselves; every answer is an alarm. At most 100 of each kind. */
export async function checkInvariants(ctx: Ctx): Promise<Violation[]> {
  allow(ctx, 'fleet.ledger.check');
  const violations: Violation[] = [];
  for (const [invariant, query] of Object.entries(found)) {
    const rows = await ctx.db.execute<{ win: string | null; book: string | null; detail: string }>(sql`${query} LIMIT ${atMost}`);
    for (const { win, book, detail } of rows)
      violations.push({ invariant: invariant as InvariantName, win: win === null ? null : Number(win), book, detail });
  }
  return violations;
}
