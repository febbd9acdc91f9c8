/** How far the rows of one ledger file are settled. */
export interface BookStream {
  readonly sessionNo: number;
  readonly acked: number;
  /** At `acked`; "" before the first row. */
  readonly chain: string;
  /** Its disk was restored or copied: nothing of it counts any more. */
  readonly fenced: boolean;
}

export interface BatchRange {
  readonly from: number;
  readonly to: number;
  readonly prevChain: string;
  readonly chain: string;
}

/** What a question says of its file besides the batch. `baseSeq` and `baseChain`: the row before the oldest that it still has. */
export interface BookClaim {
  readonly sessionNo: number;
  readonly baseSeq: number;
  readonly baseChain: string;
  readonly batch: BatchRange | null;
}

/**
 * Only `ok` changes anything: the totals of the batch are added once, and `stream` is stored in the same transaction.
 * What the question says of slices is taken with `ok` and `dup` only: behind a gap `spent` counts rows that are not settled.
 */
export type BatchVerdict =
  | { readonly status: 'ok'; readonly stream: BookStream; readonly skipped: number }
  | { readonly status: 'dup' | 'gap'; readonly stream: BookStream; readonly skipped: 0 }
  | { readonly status: 'fork'; readonly stream: BookStream; readonly skipped: 0 }
  | { readonly status: 'stale_session'; readonly stream: BookStream; readonly skipped: 0 };

/** A stream of new books begins with the session in which they are first heard. Session numbers start at 1. */
export function newStream(sessionNo: number): BookStream {
  return { sessionNo, acked: 0, chain: '', fenced: false };
}

/**
 * Judges one question. A session that is not the current one is refused before anything of it is read; 0 is none.
 * After a restore of the centre the rows between `acked` and the base of the file are gone for good: they are `skipped`.
 */
export function acceptBatch(stream: BookStream, claim: BookClaim): BatchVerdict {
  const same = { stream, skipped: 0 } as const;
  if (claim.sessionNo < 1 || claim.sessionNo !== stream.sessionNo) return { status: 'stale_session', ...same };
  if (stream.fenced) return { status: 'fork', ...same };
  const { batch } = claim;
  if (batch === null || batch.to <= stream.acked) return { status: 'dup', ...same };
  const pruned = claim.baseSeq > stream.acked && batch.from === claim.baseSeq + 1;
  if (!pruned && batch.from !== stream.acked + 1) return { status: 'gap', ...same };
  const expected = pruned ? claim.baseChain : stream.chain;
  if (batch.prevChain !== expected || batch.to < batch.from)
    return { status: 'fork', stream: { ...stream, fenced: true }, skipped: 0 };
  return {
    status: 'ok',
    stream: { ...stream, acked: batch.to, chain: batch.chain },
    skipped: pruned ? claim.baseSeq - stream.acked : 0,
  };
}

/**
 * A session begins: the file names its newest row. Fewer rows than were settled, or others: the disk was restored or
 * copied, and the file is fenced before it says anything else. `chainAtAcked`: of the file, at `stream.acked`;
 * null: it no longer has that row.
 */
export function beginSession(
  stream: BookStream,
  sessionNo: number,
  file: { readonly seq: number; readonly chainAtAcked: string | null },
): BookStream {
  const rolledBack = file.seq < stream.acked || (file.chainAtAcked !== null && file.chainAtAcked !== stream.chain);
  return { ...stream, sessionNo, fenced: stream.fenced || rolledBack };
}

/** The node's own look: the centre settled more rows than the file has, so the file is older than it was. */
export function isOlderThanSettled(file: { readonly seq: number }, acked: number): boolean {
  return acked > file.seq;
}
