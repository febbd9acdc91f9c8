import type { RangeProof } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { audit } from '../../../kernel/audit.ts';
import { asSystem, type Ctx } from '../../../kernel/context.ts';
import type { Tx } from '../../../kernel/db.ts';
import { fleetProofs } from '../settlement-tables.ts';
import type { BookRow } from '../streams/lock-book.ts';
import { type BookRange, nextSweepRange, readRange } from './settled-range.ts';

/**
 * Compares rows that were read again with what was settled, keeps the outcome and says what to read next (null: nothing).
 * A proof of another range than was asked for changes nothing.
 */
export async function takeProof(ctx: Ctx, tx: Tx, book: BookRow, proof: RangeProof): Promise<BookRange | null> {
  const { ask } = book;
  if (!ask || proof.from !== ask.from || proof.to !== ask.to) return ask;
  const settled = await readRange(tx, book.id, ask);
  const outcome = compare(settled, proof);
  const isSweep = book.sweepFrom !== null && ask.from >= book.sweepFrom;
  await tx.insert(fleetProofs).values({
    book: book.id,
    nodeId: book.nodeId,
    fromSeq: ask.from,
    toSeq: ask.to,
    kind: isSweep ? 'sweep' : 'sample',
    askedAt: new Date(ask.askedAtMs),
    answeredAt: ctx.clock.now(),
    outcome,
    rowsSettled: settled.rows,
    rowsFound: proof.rows,
    settled: settled.sums,
    found: proof.sums,
    chainSettled: settled.chain,
    chainFound: proof.chain,
  });
  if (outcome === 'differs') {
    ctx.log.error(
      { node: book.nodeId, book: book.id, from: ask.from, to: ask.to },
      'rows read again are not those that were settled',
    );
    await audit(tx, asSystem(ctx, 'settlement'), {
      action: 'fleet.book.proof_differs',
      target: { kind: 'book', id: book.id },
      before: settled,
      after: proof,
    });
  }
  return await askNext(tx, book, isSweep ? ask.to + 1 : null, ctx.clock.now());
}

/** Rows that are past their time prove nothing either way; rows that are there must be exactly those that were settled. */
export function compare(
  settled: Pick<RangeProof, 'rows' | 'chain' | 'sums'>,
  found: RangeProof,
): 'same' | 'differs' | 'no_detail' {
  if (found.rows < settled.rows && found.chain === '') return 'no_detail';
  const names = Object.keys(settled.sums) as (keyof RangeProof['sums'])[];
  const isSame =
    found.rows === settled.rows &&
    found.chain === settled.chain &&
    names.every((name) => found.sums[name] === settled.sums[name]);
  return isSame ? 'same' : 'differs';
}

async function askNext(tx: Tx, book: BookRow, from: number | null, now: Date): Promise<BookRange | null> {
  const next = from === null ? null : await nextSweepRange(tx, book.id, from);
  const sweepFrom = book.sweepFrom === null ? null : from === null ? book.sweepFrom : (next?.from ?? null);
  await tx.execute(
    sql`UPDATE fleet_books SET ask_from = ${next?.from ?? null}, ask_to = ${next?.to ?? null},
               asked_at = ${next ? now.toISOString() : null}::timestamptz, sweep_from = ${sweepFrom} WHERE id = ${book.id}`,
  );
  return next;
}
