import { isLearning, learnFor } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { audit } from '../../../kernel/audit.ts';
import { asSystem, type Ctx } from '../../../kernel/context.ts';
import type { Tx } from '../../../kernel/db.ts';
import { runPrepared } from '../prepared.ts';
import type { Moment } from './lock-book.ts';

export const reportS = 1;
/** Windows whose rows were lost may have had the next numbers: no other window gets one of them. */
const lostNumbers = 1_000_000;

/** What the centre still has to learn after it was restored. */
export interface EpochState {
  /** Nothing new is granted. */
  readonly learning: boolean;
  /** Not everybody has been heard in this epoch: rights of the others may be more than is known. */
  readonly isReserving: boolean;
  readonly beganAtMs: number;
}

/**
 * Says what there is to learn, and notices that the database is another one than at the settlement before. `heard`: the
 * book that says in this call what it holds; null: none does. All of it is kept in Postgres, so that every replica knows it.
 */
export async function followEpoch(ctx: Ctx, tx: Tx, moment: Moment, heard: string | null): Promise<EpochState> {
  const now = ctx.clock.now();
  const { epoch } = moment.head;
  if (moment.settledEpoch === epoch && moment.heardAll)
    return { learning: false, isReserving: false, beganAtMs: moment.beganAtMs };
  let { beganAtMs } = moment;
  if (moment.settledEpoch !== epoch) {
    beganAtMs = now.getTime();
    await beginEpoch(ctx, tx, moment.settledEpoch, epoch, now);
  }
  const [row] = await runPrepared<{ unheard: string[] | null }>(
    tx,
    sql`SELECT array_agg(id) AS unheard FROM fleet_books
         WHERE state <> 'condemned' AND NOT finished AND rights_until > ${now.toISOString()}::timestamptz
           AND epoch <> ${epoch} AND id <> ${heard ?? ''}`,
  );
  const missing = row?.unheard ?? [];
  if (missing.length === 0)
    await runPrepared(tx, sql`UPDATE fleet_escrow SET heard_all_at = ${now.toISOString()}::timestamptz WHERE epoch = ${epoch}`);
  return {
    learning: isLearning({ sinceMs: beganAtMs, missing }, now.getTime(), reportS * 1000),
    isReserving: missing.length > 0,
    beganAtMs,
  };
}

/** Is the centre, as far as this moment says, within the time in which it may have to learn? */
export function mayStillLearn({ head, settledEpoch, heardAll, beganAtMs }: Moment, nowMs: number): boolean {
  if (settledEpoch === '') return false;
  return settledEpoch !== head.epoch || (!heardAll && nowMs < beganAtMs + learnFor(reportS * 1000));
}

async function beginEpoch(ctx: Ctx, tx: Tx, from: string, to: string, now: Date): Promise<void> {
  const begun = await runPrepared<{ epoch: string }>(
    tx,
    sql`UPDATE fleet_escrow SET epoch = ${to}, began_at = ${now.toISOString()}::timestamptz, heard_all_at = NULL
         WHERE epoch = ${from} RETURNING epoch`,
  );
  if (begun.length === 0 || from === '') return;
  await runPrepared(
    tx,
    sql`SELECT setval(pg_get_serial_sequence('fleet_windows', 'win'),
                      greatest((SELECT max(win) FROM fleet_windows), nextval(pg_get_serial_sequence('fleet_windows', 'win'))) + ${lostNumbers}::bigint)`,
  );
  ctx.log.warn({ from, to }, 'the database is another one than before: budgets are learnt from the nodes');
  await audit(tx, asSystem(ctx, 'settlement'), {
    action: 'fleet.escrow.new_epoch',
    target: { kind: 'database', id: to },
    before: { epoch: from },
    after: { epoch: to },
  });
}
