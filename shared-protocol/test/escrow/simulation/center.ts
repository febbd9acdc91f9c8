import {
  acceptBatch,
  answerWindow,
  type BookQuestion,
  type BookStream,
  beginLearning,
  beginSession,
  type CenterSlice,
  type CenterWindow,
  changeLimit,
  closeSlice,
  emptyCenterSlice,
  isLearning,
  isOfThePast,
  type Learning,
  learnedFrom,
  mayClose,
  newCenterWindow,
  newStream,
  type OpenedWindow,
  reserveOf,
  type SettleAnswer,
  type Shortage,
  type SliceGrant,
  whomToRecall,
} from '../../../src/index.ts';
import { type Batch, chainAt, type Disk } from './disk.ts';

export interface Quota {
  readonly id: string;
  limit: number;
  /** null: since ever and for ever. */
  readonly periodMs: number | null;
}

export interface Place {
  readonly quota: string;
  readonly startsAtMs: number | null;
  readonly endsAtMs: number | null;
}

export interface WindowRow extends Place {
  readonly win: number;
  window: CenterWindow;
  shortage: Shortage | null;
}

export interface SliceRow {
  readonly win: number;
  readonly books: string;
  slice: CenterSlice;
  held: number;
  epoch: string;
}

/** All that Postgres would hold; plain data, so that a standby is an older copy. */
export interface CenterState {
  epoch: string;
  nextWin: number;
  nextSession: number;
  readonly sessions: Map<number, number>;
  readonly windows: Map<number, WindowRow>;
  readonly slices: Map<string, SliceRow>;
  readonly streams: Map<string, BookStream>;
  /** By books and window: what its settled rows used. */
  readonly charged: Map<string, number>;
  readonly settledRows: Map<string, number>;
  readonly heardAtMs: Map<string, number>;
  learning: Learning | null;
}

export interface SettleMessage {
  readonly node: number;
  readonly sessionNo: number;
  readonly books: string;
  readonly batch: Batch | null;
  readonly question: BookQuestion;
}

export const holdMs = 20_000;
export const requestMs = 8000;
export const reportMs = 1000;
const nameOf = (books: string, win: number) => `${books} ${win}`;

export function newCenter(): CenterState {
  return {
    epoch: 'e1',
    nextWin: 1,
    nextSession: 1,
    sessions: new Map(),
    windows: new Map(),
    slices: new Map(),
    streams: new Map(),
    charged: new Map(),
    settledRows: new Map(),
    heardAtMs: new Map(),
    learning: null,
  };
}

/** The copy takes over: another epoch, numbers that were surely not used, and first it listens. */
export function promote(standby: CenterState, epoch: string, nowMs: number): CenterState {
  const state = structuredClone(standby);
  const lately = [...state.heardAtMs].filter(([, atMs]) => nowMs - atMs < holdMs).map(([books]) => books);
  state.epoch = epoch;
  // The same old copy may be promoted twice: only time surely goes on.
  state.nextWin = Math.max(state.nextWin, Math.ceil(nowMs));
  state.nextSession = Math.max(state.nextSession, Math.ceil(nowMs));
  state.learning = beginLearning(nowMs, lately);
  return state;
}

export function openSession(
  state: CenterState,
  node: number,
  disk: Disk,
): { readonly sessionNo: number; readonly fenced: boolean } {
  const sessionNo = state.nextSession++;
  state.sessions.set(node, sessionNo);
  const stream = state.streams.get(disk.books);
  const file = { seq: disk.rows.length, chainAtAcked: chainAt(disk, stream?.acked ?? 0) };
  const begun = stream ? beginSession(stream, sessionNo, file) : newStream(sessionNo);
  state.streams.set(disk.books, begun);
  return { sessionNo, fenced: begun.fenced };
}

/** One question in one transaction. undefined: a session that is over. `poke` tells other books to give back. */
export function settleCall(
  state: CenterState,
  quotas: readonly Quota[],
  message: SettleMessage,
  nowMs: number,
  poke: (books: string, win: number) => void,
): SettleAnswer | undefined {
  const { books, batch, question } = message;
  if (state.sessions.get(message.node) !== message.sessionNo) return undefined;
  const stream = state.streams.get(books) ?? newStream(message.sessionNo);
  const answer = emptyAnswer(state, nowMs, stream.acked);
  state.heardAtMs.set(books, nowMs);
  if (isOfThePast(question.epoch, state.epoch)) return { ...answer, status: 'dup' };
  const verdict = acceptBatch(stream, { sessionNo: message.sessionNo, baseSeq: 0, baseChain: '', batch });
  if (verdict.status === 'stale_session') return undefined;
  state.streams.set(books, verdict.stream);
  if (verdict.status === 'gap' || verdict.status === 'fork') return { ...answer, status: verdict.status };
  if (verdict.status === 'ok' && batch) addTotals(state, books, batch);
  for (const { win, receipt } of question.slices) if (!state.windows.has(win)) reviveWindow(state, quotas, receipt);
  const wishes = learns(state, nowMs) ? [] : question.open;
  const wished = wishes.map((wish) => openWindow(state, quotas, wish.quota, wish.next, nowMs));
  const none = { granted: 0, returned: 0, spent: 0, held: 0, receipt: null };
  const asked = [
    ...question.slices,
    ...forgottenBy(state, message),
    ...wished.map((window, at) => ({ ...none, win: window.win, need: wishes[at]?.need ?? 0, target: wishes[at]?.target ?? 0 })),
  ].sort((a, b) => a.win - b.win);
  const opened = [...wished, ...question.slices.flatMap(({ win }) => successorOf(state, win))];
  let recalling = false;
  const grants: SliceGrant[] = [];
  for (const report of asked) {
    const row = state.windows.get(report.win);
    if (!row) continue;
    const said = answerOne(state, row, books, report, nowMs);
    if (said.recalling) {
      recalling = true;
      for (const other of recalled(state, row.win, books, report.need)) poke(other, row.win);
    }
    grants.push({ win: row.win, ...said.grant, receipt: receiptOf(state, row, books, said.grant.granted) });
  }
  if (state.learning) state.learning = learnedFrom(state.learning, books);
  return { ...answer, status: verdict.status, acked: verdict.stream.acked, grants, opened, recalling };
}

function answerOne(state: CenterState, row: WindowRow, books: string, report: BookQuestion['slices'][number], nowMs: number) {
  const name = nameOf(books, row.win);
  const known = state.slices.get(name) ?? { win: row.win, books, slice: emptyCenterSlice, held: 0, epoch: state.epoch };
  const mine = [...state.slices.values()].filter(({ win }) => win === row.win);
  const unheard = mine.filter((other) => other.books !== books && other.epoch !== state.epoch);
  const said = answerWindow({ window: row.window, slice: known.slice }, { ...report, proven: provenBy(report, books) }, report, {
    books,
    nowMs,
    endsAtMs: row.endsAtMs,
    sharers: Math.max(1, mine.length),
    reserve: reserveOf(unheard.map(({ slice }) => slice)),
    learning: learns(state, nowMs),
    shortage: row.shortage,
  });
  row.window = said.pair.window;
  row.shortage = said.shortage;
  state.slices.set(name, { ...known, slice: said.pair.slice, held: report.held, epoch: state.epoch });
  return said;
}

function learns(state: CenterState, nowMs: number): boolean {
  return state.learning !== null && isLearning(state.learning, nowMs, reportMs);
}

function recalled(state: CenterState, win: number, asker: string, amount: number): readonly string[] {
  const holders = [...state.slices.values()].filter((row) => row.win === win && !row.slice.closed);
  return whomToRecall(
    holders.map(({ books, slice, held }) => ({ books, held, outstanding: slice.granted - slice.returned - slice.spent })),
    asker,
    amount,
  );
}

function addTotals(state: CenterState, books: string, batch: Batch): void {
  for (const [win, amount] of batch.charged) {
    const name = nameOf(books, win);
    state.charged.set(name, (state.charged.get(name) ?? 0) + amount);
  }
  state.settledRows.set(books, (state.settledRows.get(books) ?? 0) + batch.to - batch.from + 1);
}

function emptyAnswer(state: CenterState, nowMs: number, acked: number): SettleAnswer {
  return {
    status: 'dup',
    acked,
    epoch: state.epoch,
    learning: learns(state, nowMs),
    grants: [],
    opened: [],
    refused: [],
    recalling: false,
    shares: [],
    audit: null,
    hold_s: holdMs / 1000,
    report_s: reportMs / 1000,
    center_time: new Date(nowMs).toISOString(),
  };
}

function openWindow(state: CenterState, quotas: readonly Quota[], id: string, next: boolean, nowMs: number): OpenedWindow {
  const quota = quotas.find((other) => other.id === id);
  const periodMs = quota?.periodMs ?? null;
  const startsAtMs = periodMs === null ? null : (Math.floor(nowMs / periodMs) + (next ? 1 : 0)) * periodMs;
  const endsAtMs = startsAtMs === null ? null : startsAtMs + (periodMs ?? 0);
  const existing = windowAt(state, id, startsAtMs);
  const row = existing ?? {
    win: state.nextWin++,
    quota: id,
    startsAtMs,
    endsAtMs,
    window: newCenterWindow(quota?.limit ?? 0),
    shortage: null,
  };
  state.windows.set(row.win, row);
  return toldOf(row, next);
}

function toldOf({ win, quota, startsAtMs, endsAtMs }: WindowRow, next: boolean): OpenedWindow {
  return {
    quota,
    subject: '',
    next,
    win,
    unit: 'tokens',
    window: startsAtMs === null ? 'total' : 'day',
    starts_at: startsAtMs === null ? null : new Date(startsAtMs).toISOString(),
    ends_at: endsAtMs === null ? null : new Date(endsAtMs).toISOString(),
  };
}

interface Receipt extends Place {
  readonly win: number;
  readonly books: string;
  readonly granted: number;
  readonly epoch: string;
}

function receiptOf(state: CenterState, { win, quota, startsAtMs, endsAtMs }: WindowRow, books: string, granted: number): string {
  return JSON.stringify({ win, quota, startsAtMs, endsAtMs, books, granted, epoch: state.epoch });
}

/** As a MAC over all of it would: what the report says must be what the receipt was given for, to the letter. */
function provenBy({ win, granted, receipt, receipt_epoch: epoch }: BookQuestion['slices'][number], books: string): number {
  if (receipt === null || receipt === '') return 0;
  const proof: Receipt = JSON.parse(receipt);
  const isGenuine = proof.books === books && proof.win === win && proof.granted === granted && proof.epoch === epoch;
  return isGenuine ? granted : 0;
}

/** Windows that the node settled and forgot before the centre was restored: their rows come again, and what they used with them. */
function forgottenBy(state: CenterState, { books, batch, question }: SettleMessage): readonly BookQuestion['slices'][number][] {
  const told = new Set(question.slices.map(({ win }) => win));
  return [...(batch?.charged.keys() ?? [])].flatMap((win) => {
    const spent = state.charged.get(nameOf(books, win)) ?? 0;
    const known = state.slices.get(nameOf(books, win))?.slice.spent ?? 0;
    if (told.has(win) || spent <= known) return [];
    return [{ win, granted: 0, returned: 0, spent, held: 0, need: 0, target: 0, receipt: null }];
  });
}

/** The one that is used in its place; the first that was found or opened since a restore. */
function successorOf(state: CenterState, win: number): readonly OpenedWindow[] {
  const row = state.windows.get(win);
  const first = row && windowAt(state, row.quota, row.startsAtMs);
  return row && first && first !== row ? [toldOf(first, false)] : [];
}

function windowAt(state: CenterState, quota: string, startsAtMs: number | null): WindowRow | undefined {
  for (const row of state.windows.values()) if (row.quota === quota && row.startsAtMs === startsAtMs) return row;
  return undefined;
}

/**
 * A window that was opened in the lost span: its receipt says whose it is. Where another took its place already it has
 * no limit of its own, or the budget would be there twice.
 */
function reviveWindow(state: CenterState, quotas: readonly Quota[], receipt: string | null): void {
  if (receipt === null || receipt === '') return;
  const { win, quota, startsAtMs, endsAtMs }: Receipt = JSON.parse(receipt);
  const limit = windowAt(state, quota, startsAtMs) ? 0 : (quotas.find(({ id }) => id === quota)?.limit ?? 0);
  state.windows.set(win, { win, quota, startsAtMs, endsAtMs, window: newCenterWindow(limit), shortage: null });
}

export function setLimit(state: CenterState, quota: Quota, limit: number): void {
  quota.limit = limit;
  for (const row of state.windows.values()) {
    const isFirst = windowAt(state, row.quota, row.startsAtMs) === row;
    if (row.quota === quota.id && isFirst) row.window = changeLimit(row.window, limit);
  }
}

/** Takes back what silent books surely use no more; tells which. `force`: an operator forgets these books. */
export function sweep(state: CenterState, nowMs: number, force: string | null, closed: (row: SliceRow) => void): void {
  for (const row of state.slices.values()) {
    const window = state.windows.get(row.win);
    if (!window) continue;
    const heardAtMs = state.heardAtMs.get(row.books) ?? 0;
    const terms = { nowMs, holdMs, heardAtMs, endsAtMs: window.endsAtMs, requestMs };
    if (row.slice.closed || !(row.books === force || mayClose(row.slice, terms))) continue;
    closed(row);
    const pair = closeSlice({ window: window.window, slice: row.slice });
    window.window = pair.window;
    row.slice = pair.slice;
  }
}
