import { type BatchVerdict, isOfThePast, type SettleAnswer, type SettleRequest } from '@aicarpool/shared-protocol';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import { asSystem, type Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';
import { Conflict, Invalid, Unauthenticated } from '../../kernel/errors.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import type { Placements } from '../placement/placements.ts';
import { scopesOf } from '../placement/placements.ts';
import type { BookRange } from './proofs/settled-range.ts';
import { takeProof } from './proofs/take-proof.ts';
import { type SettledSlices, settleSlices } from './settle-slices.ts';
import type { SettlementParts } from './settlement-parts.ts';
import { groupOfLimit, leaseShares } from './shares/lease-shares.ts';
import { followEpoch, mayStillLearn, reportS } from './streams/follow-epoch.ts';
import { judgeStream } from './streams/judge-stream.ts';
import { type BookRow, findAndLockBook, type Moment, openBook, readMoment } from './streams/lock-book.ts';
import { servedOf, settleRows } from './streams/settle-rows.ts';
import { condemnBook, keepBook, keepContact } from './streams/write-stream.ts';
import { type OpenResult, openWindows } from './windows/open-windows.ts';
import { recallRights } from './windows/recall-rights.ts';

export interface ReceiveParts {
  readonly placements: Placements;
  readonly settlement: SettlementParts;
}

interface Settled {
  readonly verdict: BatchVerdict;
  readonly slices: SettledSlices;
  readonly epoch: string;
  readonly learning: boolean;
  readonly ask: BookRange | null;
  readonly holdS: number;
  /** Groups of the node, now. */
  readonly serves: ReadonlySet<string>;
  readonly sharedBy: SettleAnswer['shared_by'];
}

const nothing: SettledSlices = { grants: [], recalling: [], differs: false, writes: [] };
const noWindows: OpenResult = { opened: [], refused: [] };

/**
 * Takes the books of one ledger file and answers with rights: rows, totals, slices and windows change in one transaction
 * or not at all, so that what was used by the totals and by the budgets cannot part. The same call may come any number
 * of times. Throws 409 `session_fenced` for any session but the newest of the node.
 */
export async function receiveSettlement(
  ctx: Ctx,
  { placements, settlement }: ReceiveParts,
  node: NodeRow,
  request: SettleRequest,
): Promise<SettleAnswer> {
  allow(ctx, 'fleet.node.settle');
  assertSession(node, request.session_no);
  checkShape(request);
  const open = request.open.length > 0 ? await openWished(ctx, { placements, settlement }, node, request) : noWindows;
  const call = { ctx, placements, settlement, node, request, opened: open.opened };
  const settled = await inTransaction(ctx, (tx) => settle({ ...call, tx }));
  const isFork = settled.verdict.status === 'fork';
  const wishes = isFork ? [] : request.shares.filter(({ name }) => settled.serves.has(groupOfLimit(name)));
  const shares = await leaseShares(ctx, node.id, request.books, wishes);
  if (settled.slices.recalling.length > 0)
    await recallRights(ctx.db, settlement.memory, settled.slices.recalling, ctx.clock.now().getTime());
  return {
    status: settled.verdict.status === 'stale_session' ? 'dup' : settled.verdict.status,
    acked: settled.verdict.stream.acked,
    epoch: settled.epoch,
    learning: settled.learning,
    grants: [...settled.slices.grants],
    opened: isFork ? [] : open.opened.map(({ need: _need, target: _target, ...window }) => window),
    refused: open.refused,
    recalling: settled.slices.recalling.length > 0,
    shares,
    shared_by: settled.sharedBy,
    audit: settled.ask && { from: settled.ask.from, to: settled.ask.to },
    hold_s: settled.holdS,
    report_s: reportS,
    center_time: ctx.clock.now().toISOString(),
  };
}

function checkShape({ batch, slices }: SettleRequest): void {
  if (batch && batch.to < batch.from) throw new Invalid('invalid_input', 'a batch ends before it begins');
  if (new Set(slices.map(({ win }) => win)).size < slices.length)
    throw new Invalid('invalid_input', 'a window is reported twice');
}

async function openWished(
  ctx: Ctx,
  { placements, settlement }: ReceiveParts,
  node: NodeRow,
  { epoch, open: wishes }: SettleRequest,
): Promise<OpenResult> {
  const moment = await readMoment(ctx.db, node.id);
  if (isOfThePast(epoch, moment.head.epoch)) return noWindows;
  const served = new Set(scopesOf(node, await placements.groupsAt(ctx.db, moment.head)));
  const learning = mayStillLearn(moment, ctx.clock.now().getTime());
  return await openWindows(ctx, settlement.facts, settlement.memory, { wishes, served, head: moment.head, learning });
}

interface SettleCall extends ReceiveParts {
  readonly ctx: Ctx;
  readonly tx: Tx;
  readonly node: NodeRow;
  readonly request: SettleRequest;
  readonly opened: OpenResult['opened'];
}

async function settle(call: SettleCall): Promise<Settled> {
  const { ctx, tx, placements, settlement, node, request } = call;
  const now = ctx.clock.now();
  const [found, moment] = await Promise.all([findAndLockBook(tx, request.books), readMoment(tx, node.id)]);
  if (moment.isRetired) throw new Unauthenticated('node_retired', 'this node was retired: stop, or enroll it anew');
  assertSession(moment, request.session_no);
  const book = found ?? (await openBook(tx, node.id, request, '', now));
  if (book.nodeId !== node.id) throw new Conflict('books_of_another_node', 'these books belong to another node: begin new ones');
  const verdict = judgeStream(book, request);
  const serves = new Set(scopesOf(node, await placements.groupsAt(tx, moment.head)));
  const holdS = await settlement.memory.holdS(tx, moment.head, serves);
  const sharedBy = await placements.sharedBy(tx, moment.head, serves, now.getTime());
  const told = { epoch: moment.head.epoch, holdS, serves, sharedBy };
  if (verdict.status === 'fork') {
    await condemn(call, book);
    return { ...told, verdict, slices: nothing, learning: false, ask: null };
  }
  if (isOfThePast(request.epoch, moment.head.epoch)) return { ...told, ...(await onlyAnswer(call, book, moment, holdS)) };
  const epoch = await followEpoch(ctx, tx, moment, book.id);
  const taken = {
    ctx,
    tx,
    parts: settlement,
    request,
    book,
    serves,
    moment,
    epoch,
    verdict,
    opened: call.opened,
  };
  const served = await servedOf(taken);
  const ask = request.proof ? await takeProof(ctx, tx, book, request.proof) : book.ask;
  const slices = await settleSlices(taken);
  // From here to the end the windows are locked: everything is sent at once, and nothing is waited for in between.
  const rows = settleRows(taken, served);
  const kept = keep(call, { book, moment, verdict, holdS, differs: slices.differs || rows.differs });
  await Promise.all([...slices.writes, ...rows.writes, kept]);
  return { ...told, verdict, slices, learning: epoch.learning, ask };
}

/** The book is one that is not heard yet. Its node takes the answer for a contact all the same: its rights last from now. */
async function onlyAnswer(
  { ctx, tx }: SettleCall,
  book: BookRow,
  moment: Moment,
  holdS: number,
): Promise<Pick<Settled, 'verdict' | 'slices' | 'learning' | 'ask'>> {
  const now = ctx.clock.now();
  await keepContact(tx, book, rightsEnd(now, holdS), now);
  const { learning } = await followEpoch(ctx, tx, moment, null);
  const { sessionNo, acked, chain, ask } = book;
  return {
    verdict: { status: 'dup', stream: { sessionNo, acked, chain, fenced: false }, skipped: 0 },
    slices: nothing,
    learning,
    ask,
  };
}

interface Kept {
  readonly book: BookRow;
  readonly moment: Moment;
  readonly verdict: BatchVerdict;
  readonly holdS: number;
  readonly differs: boolean;
}

async function keep({ ctx, tx, request }: SettleCall, { book, moment, verdict, holdS, differs }: Kept): Promise<void> {
  const now = ctx.clock.now();
  await keepBook(
    tx,
    book,
    {
      stream: verdict.stream,
      seq: request.seq,
      epoch: moment.head.epoch,
      missingTo: verdict.skipped > 0 ? book.acked + verdict.skipped : book.missingTo,
      rightsUntil: rightsEnd(now, holdS),
      settled: verdict.status === 'ok',
      finished: request.last,
      differs,
    },
    now,
  );
  if (!differs || book.differs) return;
  ctx.log.error({ node: book.nodeId, book: book.id }, 'the sums of a book are not those of its rows');
  await audit(tx, asSystem(ctx, 'settlement'), {
    action: 'fleet.book.differs',
    target: { kind: 'book', id: book.id },
    after: { node_id: book.nodeId, acked: verdict.stream.acked },
  });
}

/** Rights last from the moment the question was sent; this clock may be a little slower than that of the node. */
function rightsEnd(now: Date, holdS: number): Date {
  return new Date(now.getTime() + holdS * 1010 + 5000);
}

async function condemn({ ctx, tx, request }: SettleCall, book: BookRow): Promise<void> {
  if (book.state === 'condemned') return;
  await condemnBook(tx, book);
  ctx.log.error({ node: book.nodeId, book: book.id }, 'a ledger file is not the one that was settled: it was restored or copied');
  await audit(tx, asSystem(ctx, 'settlement'), {
    action: 'fleet.book.forked',
    target: { kind: 'book', id: book.id },
    before: { acked: book.acked, chain: book.chain },
    after: { node_id: book.nodeId, seq: request.seq, chain: request.chain },
  });
}
