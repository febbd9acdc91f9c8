import { available, emptySlice, giveBack, type NodeSlice, settle, takeGrant } from '@aicarpool/shared-protocol';
import type { StoredSlice } from '../../ledger/settling.ts';
import { Demand } from './demand.ts';

/** Why nothing more was to be had at last, and until when it need not be asked again. */
export interface Dry {
  readonly code: 'quota_exceeded' | 'quota_too_small' | 'quota_in_flight';
  /** Requests for less than this may still find something. */
  readonly amount: number;
  readonly untilMs: number;
}

/** One window of one budget as this process holds it: the slice, what the centre said of the rest, and how much is asked for. */
export class HeldWindow {
  readonly facts: Pick<StoredSlice, 'win' | 'quota' | 'subject' | 'unit' | 'window'>;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly demand: Demand;
  slice: NodeSlice;
  receipt: string | null;
  epoch: string;
  /** Of the whole window, as last told; undefined: not told in this process. */
  limit: number | undefined;
  /** Of the limit, what nobody held or had spent. */
  left: number | undefined;
  closed = false;
  /** Rights go back and none are wished for until then. */
  recalledUntilMs = Number.NEGATIVE_INFINITY;
  dry: Dry | undefined;
  /** By requests that wait for more, in their order. */
  awaited: number[] = [];
  /** Used without rights since the centre was last heard. */
  overdrawn = 0;
  /** What changed since the centre last took a report of it. */
  isDirty = true;
  /** By rows, when it was last reported. */
  #reportedSpent = 0;

  constructor(stored: StoredSlice, nowMs: number) {
    const { win, quota, subject, unit, window, granted, returned, spent } = stored;
    this.facts = { win, quota, subject, unit, window };
    this.startsAtMs = stored.starts_at === null ? Number.NEGATIVE_INFINITY : Date.parse(stored.starts_at);
    this.endsAtMs = stored.ends_at === null ? Number.POSITIVE_INFINITY : Date.parse(stored.ends_at);
    this.slice = { ...emptySlice(win), granted, returned, spent };
    this.demand = new Demand(Math.max(0, granted - returned - spent), nowMs);
    this.receipt = stored.receipt;
    this.epoch = stored.epoch;
    this.#reportedSpent = spent;
  }

  get available(): number {
    return available(this.slice);
  }

  isCurrent(nowMs: number): boolean {
    return !this.closed && nowMs >= this.startsAtMs && nowMs < this.endsAtMs;
  }

  /** Whether it fits was asked before. */
  hold(amount: number, nowMs: number): void {
    this.slice = { ...this.slice, held: this.slice.held + amount };
    this.demand.wanted(amount, this.slice.held, nowMs);
  }

  release(amount: number): void {
    this.slice = { ...this.slice, held: this.slice.held - amount };
  }

  settle(held: number, actual: number, nowMs: number): void {
    this.slice = settle(this.slice, held, actual);
    this.demand.used(actual, nowMs);
    this.isDirty = true;
  }

  take(granted: number, receipt: string, epoch: string): void {
    this.slice = takeGrant(this.slice, granted);
    this.receipt = receipt;
    this.epoch = epoch;
  }

  /** Gives what it does not need; the result is to be made durable before it is told. */
  giveBack(keep: number): boolean {
    const before = this.slice;
    this.slice = giveBack(before, Math.max(0, this.available - keep));
    if (this.slice === before) return false;
    this.isDirty = true;
    return true;
  }

  /** What it would like to have unspent. */
  target(coverMs: number, nowMs: number): number {
    if (this.closed || nowMs >= this.endsAtMs || nowMs < this.recalledUntilMs) return 0;
    return this.demand.target(coverMs, nowMs);
  }

  /** What no request may be without: for as many of those that wait as there may be enough for. */
  need(): number {
    if (this.awaited.length === 0) return 0;
    const reach = this.left === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.available) + this.left;
    let sum = 0;
    for (const amount of this.awaited) if (sum + amount <= reach) sum += amount;
    return Math.max(0, (sum === 0 ? Math.min(...this.awaited) : sum) - this.available);
  }

  /** A large part of the slice is gone since the last report, or little is left of what it should have: say so at once. */
  isUrgent(coverMs: number, nowMs: number): boolean {
    const { granted, returned, spent } = this.slice;
    const since = spent - this.#reportedSpent;
    return since > 0 && (since >= (granted - returned) * urgentPart || this.available < this.target(coverMs, nowMs) / 2);
  }

  /** The centre took this report. */
  reported({ returned, spent }: { readonly returned: number; readonly spent: number }): void {
    this.#reportedSpent = this.slice.spent;
    if (returned === this.slice.returned && spent === this.slice.spent) this.isDirty = false;
  }
}

const urgentPart = 0.05;
