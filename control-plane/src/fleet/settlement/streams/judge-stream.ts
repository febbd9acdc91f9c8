import { acceptBatch, type BatchVerdict, type BookStream, beginSession, type SettleRequest } from '@aicarpool/shared-protocol';
import type { BookRow } from './lock-book.ts';

/**
 * What a call means for the rows of its book. The first call of a session says whether the file is still the one that was
 * settled; a delayed call of the same session may speak of the past. A chain that differs where the settled rows end is a
 * fork at any time.
 */
export function judgeStream(book: BookRow, request: SettleRequest): BatchVerdict {
  const stream: BookStream = {
    sessionNo: book.sessionNo,
    acked: book.acked,
    chain: book.chain,
    fenced: book.state === 'condemned',
  };
  const begun =
    request.session_no > book.sessionNo
      ? beginSession(stream, request.session_no, { seq: request.seq, chainAtAcked: chainAt(book.acked, request) })
      : stream;
  const { batch } = request;
  if (begun.fenced) return { status: 'fork', stream: begun, skipped: 0 };
  const contradicts = [request, ...(batch ? [{ seq: batch.to, chain: batch.chain }] : [])].some(
    ({ seq, chain }) => seq === book.acked && chain !== book.chain,
  );
  if (contradicts) return { status: 'fork', stream: { ...begun, fenced: true }, skipped: 0 };
  return acceptBatch(begun, {
    sessionNo: request.session_no,
    baseSeq: request.base.seq,
    baseChain: request.base.chain,
    batch: batch && { from: batch.from, to: batch.to, prevChain: batch.prev_chain, chain: batch.chain },
  });
}

/** The file's own chain at `seq`, where the call says it. */
function chainAt(seq: number, { seq: newest, chain, base, batch }: SettleRequest): string | null {
  if (newest === seq) return chain;
  if (base.seq === seq) return base.chain;
  if (batch?.to === seq) return batch.chain;
  return batch && batch.from - 1 === seq ? batch.prev_chain : null;
}
