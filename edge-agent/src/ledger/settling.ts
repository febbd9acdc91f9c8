import type { OpenedWindow, RangeProof, SettleBatch } from '@aicarpool/shared-protocol';

/** One window of a budget as the file keeps it. Rows and `spent` change in one transaction. */
export interface StoredSlice extends Omit<OpenedWindow, 'next'> {
  readonly granted: number;
  readonly returned: number;
  /** By every row in the file, settled or not. */
  readonly spent: number;
  /** Proof of `granted`; null: none was granted. */
  readonly receipt: string | null;
  /** Epoch of the centre that numbered this window and granted. */
  readonly epoch: string;
}

/** A batch as it will be sent until it is acknowledged, the same after a restart. */
export interface FrozenBatch {
  readonly batch: SettleBatch;
  /** `spent` of every window at `batch.to`, by win. */
  readonly spent: ReadonlyMap<number, number>;
}

export interface RowPoint {
  readonly seq: number;
  /** Hex; "" before the first row. */
  readonly chain: string;
}

export interface SetAside {
  /** Name of the file in the data folder. */
  readonly file: string;
  readonly reason: string;
  /** Incarnation and last rows, as far as they can still be read. */
  readonly books: string | null;
  readonly headSeq: number | null;
  readonly ackedSeq: number | null;
}

/**
 * The part of the books that settles. All of it goes through the writer thread, behind what was asked for before.
 * Rejects with LedgerFailed: `disk` when the disk is broken, `full` when it has no room (try again later).
 */
export interface Settling {
  /** As of the opening of the file: what a crash left open is booked in `spent` already. */
  readonly openedWith: {
    readonly slices: readonly StoredSlice[];
    readonly base: RowPoint;
    readonly acked: RowPoint;
    /** Former books that could not be trusted: they are kept beside these, and nothing of them counts any more. */
    readonly setAside: SetAside | undefined;
  };
  /** The row before the oldest that is kept, and the last that is settled, as of the last `nextBatch` or `acknowledge`. */
  standing(): { readonly base: RowPoint; readonly acked: RowPoint };
  /** New windows, kept before they are used. RangeError: a number already names another window; none of them is kept. */
  keepWindows(windows: readonly StoredSlice[]): Promise<void>;
  /** Survives a crash of the process. A smaller number than is kept changes nothing. */
  keepGrants(
    grants: readonly { readonly win: number; readonly granted: number; readonly receipt: string; readonly epoch: string }[],
  ): Promise<void>;
  /** Survives a power cut: only then may it be told to the control plane. */
  keepReturns(returns: readonly { readonly win: number; readonly returned: number }[]): Promise<void>;
  /** Out of `openedWith` and `spent`; a row that comes late is still charged and settled. */
  forgetWindows(wins: readonly number[]): Promise<void>;
  /** The oldest batch that is not acknowledged: at most 500 rows. Null: every row is. */
  nextBatch(): Promise<FrozenBatch | null>;
  /**
   * Everything up to `seq` is settled: the batch is let go. Smaller than before: the centre was restored, and the rows
   * behind it are sent again, as far as they are kept (30 days). RangeError: there is no such row; these books are older than the centre knows.
   */
  acknowledge(seq: number): Promise<void>;
  /** Reads rows again. */
  prove(from: number, to: number): Promise<RangeProof>;
  /** `spent` by window at the last settled row or at the end of the batch that waits: what may be reported. RangeError: another row. */
  spentAt(seq: number): Promise<ReadonlyMap<number, number>>;
  /** The file no longer is what the centre settled: it is set aside at the next start, and new books begin. */
  condemn(reason: string): Promise<void>;
}
