import { z } from 'zod';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { defineJob, type Job } from '../../kernel/jobs/jobs.ts';
import { closeBooks } from './closing/close-books.ts';
import { askProofs } from './proofs/ask-proofs.ts';
import { checkInvariants } from './proofs/check-invariants.ts';
import { foldBatches } from './proofs/fold-batches.ts';
import { thinProofs } from './proofs/thin-proofs.ts';

/** What the newest check of this replica found; a gauge reads it. */
export interface LedgerHealth {
  violations: number;
}

const nothing = z.object({});

function every(name: string, expression: string, handler: (ctx: Ctx) => Promise<unknown>): Job {
  const run = async (ctx: Ctx): Promise<void> => void (await handler(ctx));
  return defineJob({ name, schema: nothing, handler: run, retryLimit: 0, cron: { expression, input: {} } });
}

/** Upkeep of settlement: rights that nobody uses come back, books are read again, and sums are checked against each other. */
export function settlementJobsOver(health: LedgerHealth): readonly Job[] {
  return [
    every('fleet.close-books', '* * * * *', closeBooks),
    every('fleet.sample-books', '17 * * * *', (ctx) => askProofs(ctx, 'sample')),
    every('fleet.sweep-books', '41 2 * * *', (ctx) => askProofs(ctx, 'sweep')),
    every('fleet.fold-batches', '11 3 * * *', foldBatches),
    every('fleet.thin-proofs', '23 3 * * *', thinProofs),
    every('fleet.check-ledger', '5 * * * *', (ctx) => checkLedger(ctx, health)),
  ];
}

/** Counts what cannot be, and says so where people look. */
export async function checkLedger(ctx: Ctx, health: LedgerHealth): Promise<void> {
  const violations = await checkInvariants(ctx);
  health.violations = violations.length;
  if (violations.length === 0) return;
  ctx.log.error({ violations: violations.slice(0, 10), count: violations.length }, 'the books contradict themselves');
  await audit(ctx.db, ctx, {
    action: 'fleet.ledger.check',
    target: { kind: 'ledger', id: 'all' },
    after: { count: violations.length, first: violations.slice(0, 10) },
  });
}
