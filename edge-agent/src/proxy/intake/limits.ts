/** Every bound of the hot path, with its number. */
export interface Limits {
  /** Largest request body; Claude Code says 32 MB to its user. */
  readonly bodyBytes: number;
  /** Request bodies held in memory at once, all together. */
  readonly bufferedBytes: number;
  readonly bodyTimeoutMs: number;
  /** After `slowBodyGraceMs`, a body must have arrived at this rate. */
  readonly bodyBytesPerSecond: number;
  readonly slowBodyGraceMs: number;
  readonly concurrentRequests: number;
  readonly connections: number;
  readonly attempts: number;
  /** From the request's arrival to its forced end. */
  readonly requestMs: number;
  /** A caller that takes nothing for so long is gone. */
  readonly stalledCallerMs: number;
  /** How long an upstream may keep the line open behind its last event before the caller gets that event. */
  readonly lateBytesMs: number;
  /** Reading on after the caller hung up, where that makes the usage known. */
  readonly drainMs: number;
  readonly drainBytes: number;
  readonly drains: number;
  /** What may run on after SIGTERM. */
  readonly shutdownMs: number;
}

const MiB = 1024 * 1024;

export const defaultLimits: Limits = {
  bodyBytes: 32 * MiB,
  bufferedBytes: 512 * MiB,
  bodyTimeoutMs: 120_000,
  bodyBytesPerSecond: 1024,
  slowBodyGraceMs: 10_000,
  concurrentRequests: 6_000,
  connections: 10_000,
  attempts: 3,
  requestMs: 3_600_000,
  stalledCallerMs: 120_000,
  lateBytesMs: 1_000,
  drainMs: 60_000,
  drainBytes: MiB,
  drains: 200,
  shutdownMs: 30_000,
};
