import { ledgerAuditContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok } from '../../kernel/index.ts';
import { checkLedger } from './check-ledger.ts';
import type { LedgerParts } from './ledger-parts.ts';
import { lossView } from './loss-view.ts';
import { readGroupLedger } from './read-group-ledger.ts';
import { readAuditedBook, readLedgerAudit } from './read-ledger-audit.ts';

const os = implement(ledgerAuditContract).$context<{ ctx: Ctx }>();

export function ledgerAuditRoutesOver(parts: LedgerParts) {
  return os.router({
    get: os.get.handler(async ({ context, input }) => ok(await readLedgerAudit(context.ctx, parts, input))),
    book: os.book.handler(async ({ context, input }) => ok(await readAuditedBook(context.ctx, parts, input.bookId))),
    check: os.check.handler(async ({ context }) => ok(await checkLedger(context.ctx, parts))),
    group: os.group.handler(async ({ context, input }) => ok(await readGroupLedger(context.ctx, parts, input.groupId))),
    nodeLoss: os.nodeLoss.handler(async ({ context: { ctx }, input }) =>
      ok(lossView(await parts.previewForgetting(ctx, input.nodeId), ctx.clock.now())),
    ),
    forgetNode: os.forgetNode.handler(async ({ context: { ctx }, input: { params, body } }) =>
      ok(lossView(await parts.forgetBooks(ctx, params.nodeId, { evenNow: body.even_now }), ctx.clock.now())),
    ),
  });
}
