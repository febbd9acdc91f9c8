import type { QuotaResource, SettleAnswer, SliceReport, WindowWish } from '@aicarpool/shared-protocol';
import type { StoredSlice } from '../../ledger/settling.ts';
import { HeldWindow } from './held-window.ts';

/** Rights that nobody used for so long go back, as far as they are more than needed. */
const idleMs = 60_000;
const idleSurplus = 1.5;
/** Others wait for what is given back: nothing is wished for meanwhile. */
const recalledMs = 2_000;
const wishesAtMost = 500;

interface Slot {
  readonly quota: string;
  readonly subject: string;
  windows: HeldWindow[];
  /** Asked for by requests that wait, while there is no window. */
  wish: { need: number; largest: number } | undefined;
  /** The centre knows no such quota of this node. */
  refusedUntilMs: number;
  /** The rule is still in the config of this node. */
  isKnown: boolean;
}

/** All windows of which this book has a number, by the quota and subject that they belong to. In memory; the ledger keeps it. */
export class WindowBook {
  readonly #slots = new Map<string, Slot>();
  readonly #byWin = new Map<number, HeldWindow>();
  readonly #coverMs: number;

  constructor(coverMs: number) {
    this.#coverMs = coverMs;
  }

  load(stored: Iterable<StoredSlice>, nowMs: number): void {
    for (const one of stored) {
      if (this.#byWin.has(one.win)) continue;
      const window = new HeldWindow(one, nowMs);
      this.#byWin.set(one.win, window);
      this.#slot(one.quota, one.subject).windows.push(window);
    }
  }

  get windows(): IterableIterator<HeldWindow> {
    return this.#byWin.values();
  }

  get size(): number {
    return this.#byWin.size;
  }

  byWin(win: number): HeldWindow | undefined {
    return this.#byWin.get(win);
  }

  /** The window in force. */
  find(rule: Pick<QuotaResource, 'id' | 'unit' | 'window'>, subject: string, nowMs: number): HeldWindow | undefined {
    return this.#slots.get(nameOf(rule.id, subject))?.windows.find((one) => fits(one, rule) && one.isCurrent(nowMs));
  }

  /** Says anew who waits for how much: `claims` are all of them. */
  await(
    claims: Iterable<{ readonly rule: QuotaResource; readonly subject: string; readonly amount: number }>,
    nowMs: number,
  ): void {
    for (const slot of this.#slots.values()) {
      slot.wish = undefined;
      for (const window of slot.windows) window.awaited = [];
    }
    for (const { rule, subject, amount } of claims) {
      const window = this.find(rule, subject, nowMs);
      if (window) {
        window.awaited.push(amount);
        window.isDirty = true;
        continue;
      }
      const slot = this.#slot(rule.id, subject);
      slot.wish = { need: (slot.wish?.need ?? 0) + amount, largest: Math.max(slot.wish?.largest ?? 0, amount) };
    }
  }

  isRefused(rule: QuotaResource, subject: string, nowMs: number): boolean {
    return (this.#slots.get(nameOf(rule.id, subject))?.refusedUntilMs ?? 0) > nowMs;
  }

  /** Says which quotas there are; windows of others end. */
  know(isKnown: (quota: string) => boolean): void {
    for (const slot of this.#slots.values()) slot.isKnown = isKnown(slot.quota);
  }

  /** Gives back what is idle, recalled or over. Durable first, then told. */
  giveBack(nowMs: number): { readonly win: number; readonly returned: number }[] {
    const given: { win: number; returned: number }[] = [];
    for (const slot of this.#slots.values()) {
      for (const window of slot.windows) {
        if (window.giveBack(this.#keep(slot, window, nowMs))) given.push(returnOf(window));
      }
    }
    return given;
  }

  /** Everything that nobody holds: the node is leaving. */
  giveBackAll(): { readonly win: number; readonly returned: number }[] {
    return [...this.#byWin.values()].filter((window) => window.giveBack(0)).map(returnOf);
  }

  /** What the node waits for at the end of a day or month is asked for this long before. */
  wishes(nowMs: number): WindowWish[] {
    const wishes: WindowWish[] = [];
    for (const slot of this.#slots.values()) {
      if (wishes.length >= wishesAtMost) break;
      const wish = slot.isKnown ? this.#wishOf(slot, nowMs) : undefined;
      if (wish) wishes.push(wish);
    }
    return wishes;
  }

  /** `spent`: by the rows that are settled with this report, or were before. */
  report(window: HeldWindow, spent: number, isForeign: boolean, nowMs: number): SliceReport {
    const { granted, returned, held } = window.slice;
    return {
      win: window.facts.win,
      granted,
      returned,
      spent,
      held: Math.max(0, held),
      need: window.need(),
      target: Math.max(0, window.target(this.#coverMs, nowMs)),
      receipt: isForeign ? window.receipt : null,
    };
  }

  /** Windows that were just opened; to be kept before `load`. */
  opened({ opened, epoch }: SettleAnswer): StoredSlice[] {
    return opened
      .filter(({ win }) => !this.#byWin.has(win))
      .map(({ next: _, ...facts }) => ({ ...facts, granted: 0, returned: 0, spent: 0, receipt: null, epoch }));
  }

  /** After everything in it that must be durable is. */
  take(answer: SettleAnswer, nowMs: number): void {
    for (const { quota, subject } of answer.refused) this.#slot(quota, subject).refusedUntilMs = nowMs + recalledMs;
    for (const grant of answer.grants) {
      const window = this.#byWin.get(grant.win);
      if (!window) continue;
      const before = { granted: window.slice.granted, limit: window.limit, left: window.left ?? 0 };
      window.take(grant.granted, grant.receipt, answer.epoch);
      window.limit = grant.limit;
      window.left = grant.left;
      window.closed = grant.closed;
      window.overdrawn = 0;
      if (grant.recall) this.recall([grant.win], nowMs);
      const isBetter = grant.granted > before.granted || grant.limit !== before.limit || grant.left > before.left;
      if (isBetter) window.dry = undefined;
    }
  }

  recall(wins: Iterable<number>, nowMs: number): void {
    for (const win of wins) {
      const window = this.#byWin.get(win);
      if (window) window.recalledUntilMs = nowMs + recalledMs;
    }
  }

  /** Nothing of it is needed any more, and the centre knows all of it. */
  isDone(window: HeldWindow, nowMs: number): boolean {
    const { held, granted, returned, spent } = window.slice;
    const isOver = window.closed || nowMs >= window.endsAtMs || !this.#slot(window.facts.quota, window.facts.subject).isKnown;
    return isOver && held === 0 && granted - returned - spent <= 0 && !window.isDirty;
  }

  forget(window: HeldWindow): void {
    const { win, quota, subject } = window.facts;
    this.#byWin.delete(win);
    const name = nameOf(quota, subject);
    const slot = this.#slots.get(name);
    if (!slot) return;
    slot.windows = slot.windows.filter((one) => one !== window);
    if (slot.windows.length === 0) this.#slots.delete(name);
  }

  #keep(slot: Slot, window: HeldWindow, nowMs: number): number {
    if (window.closed || nowMs >= window.endsAtMs || !slot.isKnown) return 0;
    if (nowMs < window.recalledUntilMs) return window.awaited.reduce((sum, amount) => sum + amount, 0);
    const target = window.target(this.#coverMs, nowMs);
    const isIdle = nowMs - window.demand.lastAtMs > idleMs && nowMs >= window.startsAtMs;
    return isIdle && window.available > idleSurplus * target ? target : Number.POSITIVE_INFINITY;
  }

  #wishOf(slot: Slot, nowMs: number): WindowWish | undefined {
    const { quota, subject, windows, wish } = slot;
    const current = windows.find((one) => one.isCurrent(nowMs));
    if (!current) {
      if (!wish || slot.refusedUntilMs > nowMs) return undefined;
      return { quota, subject, next: false, need: wish.need, target: 2 * wish.largest };
    }
    const isSoon = current.endsAtMs - nowMs < this.#coverMs && nowMs - current.demand.lastAtMs < rememberedMs;
    if (!isSoon || windows.some((one) => one.startsAtMs >= current.endsAtMs)) return undefined;
    return { quota, subject, next: true, need: 0, target: current.target(this.#coverMs, nowMs) };
  }

  #slot(quota: string, subject: string): Slot {
    const name = nameOf(quota, subject);
    const known = this.#slots.get(name);
    if (known) return known;
    const made: Slot = { quota, subject, windows: [], wish: undefined, refusedUntilMs: 0, isKnown: true };
    this.#slots.set(name, made);
    return made;
  }
}

/** Whoever used nothing of a window for so long does not wait for the next one. */
const rememberedMs = 24 * 3_600_000;

function returnOf({ facts, slice }: HeldWindow) {
  return { win: facts.win, returned: slice.returned };
}

function fits({ facts }: HeldWindow, { unit, window }: Pick<QuotaResource, 'unit' | 'window'>): boolean {
  return facts.unit === unit && facts.window === window;
}

function nameOf(quota: string, subject: string): string {
  return `${quota}|${subject}`;
}
