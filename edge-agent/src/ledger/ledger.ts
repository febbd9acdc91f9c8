import type { Dialect, StatsAnswer, StatsQuestion, TokenUsage } from '@aicarpool/shared-protocol';
import type { Settling } from './settling.ts';

/** A part of one window of a budget: held by an intent, used by a row. Whole tokens or nano-USD, as its quota counts. */
export interface Charge {
  readonly win: number;
  readonly amount: number;
}

/** One attempt at an upstream, written before the first byte goes there. */
export interface Intent {
  readonly requestId: string;
  /** 1 for the first upstream tried; `requestId` and `attempt` together are unique. */
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly groupId: string;
  readonly keyId: string;
  readonly userId: string;
  /** The word that stats filter and group by. */
  readonly service: string;
  readonly upstreamId: string;
  readonly dialect: Dialect;
  readonly operation: string;
  readonly model: string;
  readonly stream: boolean;
  readonly requestBytes: number;
  /** What is booked if the node dies before the attempt is settled. */
  readonly estimate: { readonly input: number; readonly output: number };
  readonly estimateCostNanoUsd: number;
  /** false: the model has no known price, and no cost of it is in any sum. */
  readonly priced: boolean;
  readonly priceVersion: string | null;
  /** Held until the final row; what is booked should the node die meanwhile. Absent: no budget counts it. */
  readonly holds?: readonly Charge[];
}

export type AttemptStatus = 'ok' | 'upstream_error' | 'client_gone' | 'stream_broken' | 'timeout' | 'refused' | 'lost';

/** How one attempt ended: the row that is counted, chained and kept. */
export interface FinalRow extends Omit<Intent, 'estimate' | 'estimateCostNanoUsd' | 'holds'> {
  readonly endedAtMs: number;
  readonly status: AttemptStatus;
  readonly httpStatus: number | null;
  /** The last attempt of its request; exactly one row of a request has it. */
  readonly final: boolean;
  readonly usage: TokenUsage;
  readonly costNanoUsd: number;
  readonly estimated: boolean;
  readonly servedModel: string | null;
  readonly firstByteMs: number | null;
  /** Statistics take it from the final row: there it counts from the arrival of the request. */
  readonly durationMs: number;
  readonly responseBytes: number;
  readonly errorType: string | null;
  readonly upstreamRequestId: string | null;
  /** One for every hold of its intent, with what was really used. */
  readonly charges?: readonly Charge[];
}

/** One look at how an upstream service is doing; kept 30 days. */
export interface HealthEntry {
  readonly kind: 'health';
  readonly service: string;
  readonly upstreamId: string | null;
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly responseTimeMs: number | null;
  readonly errorMessage: string | null;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
  readonly avgResponseTimeMs: number | null;
  /** 0…100. */
  readonly successRatePercent: number | null;
}

/** One line of the node's own log; kept 30 days. Never a secret, never a body. */
export interface LogEntry {
  readonly kind: 'log';
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly category: 'request' | 'health' | 'config' | 'system';
  readonly message: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface Head {
  /** Random name of this series of rows; a new one means that `seq` began again at 1. */
  readonly incarnation: string;
  readonly seq: number;
  /** SHA-256 of the last row chained to all before it, as hex. */
  readonly chain: string;
}

export type Accepting = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface Sizes {
  readonly databaseBytes: number;
  readonly diskFreeBytes: number;
  readonly diskUsedPercent: number;
}

/**
 * The node's books: what was tried, what it cost, and who may be told. One file, one writer.
 * Nothing here blocks the caller; a promise resolves when its record is on disk, many in one commit.
 */
export interface Ledger {
  readonly settling: Settling;
  /** Resolves once the intent survives a crash of the process. Send nothing upstream before. */
  intend(intent: Intent): Promise<void>;
  /** The same intent, of which more would be booked by now. Soon on disk; nobody waits for it. Nothing once it is settled. */
  renew(intent: Intent): void;
  /**
   * Resolves with `seq` once the row survives a power cut: only then may the last bytes leave. When an
   * attempt is followed by another, `intend` the next one in the same turn, so that no crash falls between them.
   * Rejects with LedgerFailed when the disk is broken, with RangeError for a number that is no count.
   */
  settle(row: FinalRow): Promise<number>;
  /** Never rejects: what could not be counted in time is said in `outcome` and `message`. */
  ask(question: StatsQuestion): Promise<Omit<StatsAnswer, 'session_no'>>;
  /** Written soon, in batches; dropped (and counted in the log) when too many wait. */
  note(entry: HealthEntry | LogEntry): void;
  /** The last row whose `settle` has resolved. */
  head(): Head;
  /** Ask before a request is taken; a request already taken may still be booked. */
  accepting(): Accepting;
  /** Client requests that ended since midnight UTC, by the final rows. */
  totalsToday(): { readonly requests: number };
  /** Client requests that ended within the last 60 seconds. */
  requestsPerMinute(): number;
  sizes(): Sizes;
  /** Brings the hourly sums up to the last row. It happens by itself every second. */
  rollUp(): Promise<void>;
  /** Folds and deletes what is past its time. It happens by itself every hour. */
  sweep(): Promise<void>;
  /** Writes what waits, closes the file. Bounded: 5 s. */
  close(): Promise<void>;
}

/** Pino fits. */
export interface LedgerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface LedgerOptions {
  readonly dataDir: string;
  readonly nowMs: () => number;
  readonly log: LedgerLog;
  /** The disk failed under the books: stop taking requests and leave with exit code 70. Called once. */
  readonly onFatal?: (error: Error) => void;
  /** Room kept free on the disk; below it `accepting()` is false. Default: 512 MiB or 2 %, whichever is more. */
  readonly reserveBytes?: number;
  /** Room taken beforehand for what was begun when the disk is full. Default: 64 MiB of ballast, an emergency log of 16 MiB. */
  readonly keptRoom?: { readonly ballastBytes?: number; readonly emergencyBytes?: number };
  /** Every how many milliseconds all of the books is read through; default a day. */
  readonly scrubEveryMs?: number;
  /** Upper bound of the database in pages of 4 KiB; default none. */
  readonly maxPages?: number;
}

export { LedgerFailed } from './ledger-failed.ts';
export { openLedger } from './open-ledger.ts';
