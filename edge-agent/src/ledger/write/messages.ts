import type { HealthEntry, LogEntry } from '../ledger.ts';
import type { SettlingCommand, Standing } from '../settle/settling-command.ts';
import type { Settling } from '../settling.ts';

/** What the node's thread tells the writer's. Records of one turn travel together. */
export interface RecordsMessage {
  readonly kind: 'records';
  readonly no: number;
  /** The intents' rows, a JSON array a line; they are numbered from `firstIntentNo`. '' when there are none. */
  readonly intents: string;
  readonly firstIntentNo: number;
  readonly intentCount: number;
  /** Rows of intents that were sent before, under their old numbers: what would be booked of them has grown. */
  readonly renewals?: readonly string[];
  readonly finals: readonly string[];
}

export type Note = (HealthEntry | LogEntry) & { readonly atMs: number };

export type ToWriter =
  | RecordsMessage
  | { readonly kind: 'notes'; readonly notes: readonly Note[] }
  | { readonly kind: 'roll-up' }
  | { readonly kind: 'sweep'; readonly nowMs: number }
  | { readonly kind: 'settling'; readonly no: number; readonly command: SettlingCommand }
  | { readonly kind: 'close' };

/**
 * `intended` answers the intents of all messages up to `upTo`, `committed` the final rows: they got `firstSeq`,
 * `firstSeq` + 1, … in order.
 */
export type FromWriter =
  | {
      readonly kind: 'ready';
      readonly incarnation: string;
      readonly seq: number;
      readonly chain: string;
      readonly requestsToday: number;
      readonly lost: number;
      /** Rows that a full disk had kept out of the tables. */
      readonly replayed: number;
      readonly scrubbedAtMs: number;
      readonly settling: Settling['openedWith'];
    }
  | { readonly kind: 'refused'; readonly code: 'locked' | 'newer' | 'not_durable' | 'disk' | 'full'; readonly message: string }
  | { readonly kind: 'intended'; readonly upTo: number }
  | { readonly kind: 'committed'; readonly upTo: number; readonly firstSeq: number; readonly chain: string }
  | { readonly kind: 'full'; readonly message: string }
  | { readonly kind: 'roomy' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'notes-lost'; readonly count: number; readonly message: string }
  | { readonly kind: 'rolled-up'; readonly failure: string | undefined }
  | { readonly kind: 'swept'; readonly more: boolean; readonly failure: string | undefined }
  | {
      readonly kind: 'settling';
      readonly no: number;
      readonly standing: Standing | null;
      readonly failure: { readonly name: 'range' | 'full'; readonly message: string } | undefined;
    }
  | { readonly kind: 'closed' };

export interface WriterData {
  readonly dataDir: string;
  readonly nowMs: number;
  readonly maxPages: number | undefined;
  /** Counts what was sent, so that a writer that waits for its turn wakes. */
  readonly bell: Int32Array;
  /** For LogSignals. */
  readonly signals: Int32Array;
}
