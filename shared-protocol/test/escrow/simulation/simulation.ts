import type { Hold, SettleAnswer } from '../../../src/index.ts';
import {
  type CenterState,
  holdMs,
  newCenter,
  openSession,
  promote,
  type Quota,
  requestMs,
  type SettleMessage,
  type SliceRow,
  setLimit,
  settleCall,
  sweep,
} from './center.ts';
import { type Disk, spentAt } from './disk.ts';
import { type Around, type Request, SimNode } from './node.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';

export interface Outcome {
  readonly seed: number;
  /** Every invariant that did not hold. */
  readonly wrong: readonly string[];
  readonly requests: number;
  readonly answered: number;
  readonly refused: number;
  readonly faults: readonly string[];
  /** Of everything that the run did: the same for the same seed. */
  readonly print: number;
}

const chaosMs = 30_000;

/** One run: a centre with its standby, nodes with disks, a network, clients and an upstream that bills; all from the seed. */
export function simulate(seed: number): Outcome {
  const world = new World(seed);
  world.run();
  return world.outcome();
}

class World implements Around {
  readonly time = new Timeline();
  readonly random: Random;
  readonly #seed: number;
  readonly #nodes: SimNode[] = [];
  readonly #quotas: Quota[] = [];
  #center: CenterState = newCenter();
  #standby: CenterState = newCenter();
  #isCenterUp = true;
  #isHealed = false;
  readonly #parted = new Map<number, 'in' | 'out' | 'both'>();
  readonly #lossy: number;
  readonly #images = new Map<number, Disk>();
  readonly #wrong = new Set<string>();
  readonly #faults: string[] = [];
  /** By account: what the upstream billed, and what a fault may add to the limit. */
  readonly #billed = new Map<string, number>();
  readonly #allowed = new Map<string, number>();
  /** By books and account. */
  readonly #billedBy = new Map<string, number>();
  readonly #overran = new Map<string, number>();
  readonly #accountOf = new Map<number, string>();
  /** Rows that were promised to clients: request, by books. */
  readonly #promised = new Map<number, string>();
  readonly #dead = new Set<string>();
  #requests = 0;
  #refused = 0;
  #books = 0;
  #print = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.random = new Random(seed);
    this.#lossy = this.random.happens(0.5) ? this.random.next() * 0.3 : 0;
    for (let at = 0; at < this.random.between(1, 3); at += 1) {
      const periodMs = this.random.happens(0.5) ? this.random.between(8000, 20_000) : null;
      this.#quotas.push({ id: `q${at}`, limit: this.random.between(50, 2000), periodMs });
    }
    for (let id = 0; id < this.random.between(1, 4); id += 1) this.#nodes.push(new SimNode(id, this));
  }

  run(): void {
    for (const node of this.#nodes) {
      node.clockErrorMs = this.random.happens(0.2) ? this.random.between(-300, 300) : 0;
      node.start();
      this.#clientsOf(node, this.random.between(30, 600));
    }
    this.#standbyFollows();
    this.#faultsHappen();
    this.#sweeps();
    this.time.runUntil(this.time.nowMs + chaosMs);
    this.#heal();
    this.time.runUntil(this.time.nowMs + 20_000);
    for (const node of this.#nodes) for (const { account, win } of this.#windowsOf(node)) this.#checkDrained(node, account, win);
    this.time.runUntil(this.time.nowMs + 2 * holdMs + requestMs);
    this.#checkCenter();
  }

  outcome(): Outcome {
    const { size } = this.#promised;
    return {
      seed: this.#seed,
      wrong: [...this.#wrong],
      requests: this.#requests,
      answered: size,
      refused: this.#refused,
      faults: this.#faults,
      print: this.#print,
    };
  }

  limitOf(quota: string): number {
    return this.#quotas.find(({ id }) => id === quota)?.limit ?? 0;
  }

  newBooks(): string {
    this.#books += 1;
    return `b${this.#books}`;
  }

  openSession(disk: Disk, answered: (told: { readonly sessionNo: number; readonly fenced: boolean }) => void): void {
    const node = this.#nodes.find((other) => other.disk === disk);
    if (!node) return;
    this.#travel(node.id, 'out', () => {
      if (!this.#isCenterUp) return;
      const told = openSession(this.#center, node.id, disk);
      this.#travel(node.id, 'in', () => answered(told));
    });
  }

  settle(message: SettleMessage, answered: (answer: SettleAnswer | 'stale') => void): void {
    const sent = structuredClone(message);
    this.#travel(message.node, 'out', () => {
      if (!this.#isCenterUp) return;
      const poke = (books: string, win: number) => this.#pokeBooks(books, win);
      const answer = settleCall(this.#center, this.#quotas, sent, this.time.nowMs, poke);
      for (const row of this.#center.windows.values()) this.#accountOf.set(row.win, `${row.quota} ${row.startsAtMs ?? ''}`);
      this.#note(answer?.acked ?? 7);
      this.#travel(message.node, 'in', () => answered(answer ?? 'stale'));
    });
  }

  billed(node: SimNode, request: Request, wins: readonly number[]): void {
    for (const win of wins) {
      const account = this.#accountOf.get(win) ?? '';
      add(this.#billed, account, request.cost);
      add(this.#billedBy, `${node.disk.books} ${win}`, request.cost);
      add(this.#overran, `${node.disk.books} ${win}`, Math.max(0, request.cost - request.estimate));
      add(this.#allowed, account, Math.max(0, request.cost - request.estimate));
    }
    this.#note(request.cost);
  }

  admitted(node: SimNode, held: Hold): void {
    const { contact } = node.book ?? { contact: null };
    if (!contact || this.time.nowMs - contact.monoMs > holdMs)
      this.#wrong.add('a request was admitted with rights that had ended');
    if (node.mustHear) this.#wrong.add('a restored disk was used before the centre had spoken');
    if (this.#dead.has(node.disk.books)) this.#wrong.add('fenced books admitted a request');
    this.#note(held.wins.length);
  }

  /** Lemma 3: what the centre counts as returned was durable here before it was told. */
  started(node: SimNode): void {
    for (const { win, returned } of node.mustHear ? [] : node.disk.windows.values()) {
      const slice = this.#center.slices.get(`${node.disk.books} ${win}`)?.slice;
      if (slice && !slice.closed && slice.returned > returned) this.#wrong.add('a return was told that the disk does not know');
    }
  }

  refused(): void {
    this.#refused += 1;
  }

  answered(node: SimNode, request: Request): void {
    this.#promised.set(request.no, node.disk.books);
  }

  /** Everything that these books used and the centre does not know of, is lost to the accounts; that is the bound of a restored disk. */
  condemned(node: SimNode, disk: Disk): void {
    this.#dead.add(disk.books);
    this.#loseTail(disk, disk);
    for (const { request, hold: held } of node.running.values()) {
      for (const win of held.wins) add(this.#allowed, this.#accountOf.get(win) ?? '', request.cost);
    }
  }

  #loseTail(disk: Disk, kept: Disk): void {
    const booked = spentAt(kept, kept.rows.length);
    for (const [name, billed] of this.#billedBy) {
      const [books, win] = name.split(' ');
      if (books !== disk.books) continue;
      const known = Math.max(disk === kept ? 0 : (booked.get(Number(win)) ?? 0), this.#center.slices.get(name)?.slice.spent ?? 0);
      add(this.#allowed, this.#accountOf.get(Number(win)) ?? '', Math.max(0, billed - known));
    }
  }

  #travel(node: number, way: 'in' | 'out', arrive: () => void): void {
    const parted = this.#parted.get(node);
    if (parted === 'both' || parted === way) return;
    if (!this.#isHealed && this.random.happens(this.#lossy)) return;
    const slow = !this.#isHealed && this.random.happens(0.05) ? 2000 : 30;
    this.time.after(this.random.between(1, slow), arrive);
    if (!this.#isHealed && this.random.happens(0.05)) this.time.after(this.random.between(1, 3000), arrive);
  }

  #pokeBooks(books: string, win: number): void {
    const node = this.#nodes.find(({ disk }) => disk.books === books);
    if (node) this.#travel(node.id, 'in', () => node.disk.books === books && node.poke(win));
  }

  #clientsOf(node: SimNode, everyMs: number): void {
    if (this.#isHealed) return;
    const quotas = this.#quotas.filter(() => this.random.happens(0.7)).map(({ id }) => id);
    const estimate = this.random.between(1, 60);
    const cost = this.random.happens(0.1) ? estimate + this.random.between(1, 20) : this.random.between(0, estimate);
    this.#requests += 1;
    const upstreamMs = this.random.between(5, this.random.happens(0.1) ? 4000 : 300);
    if (quotas.length > 0) node.serve({ no: this.#requests, quotas, estimate, cost, upstreamMs });
    this.time.after(this.random.between(1, 2 * everyMs), () => this.#clientsOf(node, everyMs));
  }

  #standbyFollows(): void {
    if (this.#isHealed) return;
    this.#standby = structuredClone(this.#center);
    this.time.after(this.random.between(200, 4000), () => this.#standbyFollows());
  }

  #sweeps(): void {
    sweep(this.#center, this.time.nowMs, null, (row) => this.#closing(row, false));
    this.time.after(1000, () => this.#sweeps());
  }

  /** What it used without saying so may be used again by others: the bound of a node that is given up. */
  #closing(row: SliceRow, isForced: boolean): void {
    const node = this.#nodes.find(({ disk }) => disk.books === row.books);
    const contactMs = node?.book?.contact?.monoMs ?? Number.NEGATIVE_INFINITY;
    const uses = [...(node?.running.values() ?? [])].some(({ hold: held }) => held.wins.includes(row.win));
    const window = this.#center.windows.get(row.win);
    const isEnded = window?.endsAtMs !== null && window !== undefined && this.time.nowMs > (window.endsAtMs ?? 0) + holdMs;
    const mayUse = uses || (this.time.nowMs - contactMs <= holdMs && !isEnded);
    if (!isForced && mayUse && this.#center.epoch === node?.book?.epoch)
      this.#wrong.add('a slice was closed that its node still uses');
    const { slice } = row;
    add(this.#allowed, this.#accountOf.get(row.win) ?? '', slice.granted - slice.returned - slice.spent);
  }

  #faultsHappen(): void {
    if (this.#isHealed) return;
    const node = this.#nodes[this.random.between(0, this.#nodes.length - 1)];
    const quota = this.#quotas[this.random.between(0, this.#quotas.length - 1)];
    if (node && quota) this.#fault(this.random.between(0, 11), node, quota);
    this.time.after(this.random.between(200, 5000), () => this.#faultsHappen());
  }

  #fault(kind: number, node: SimNode, quota: Quota): void {
    const ms = this.random.between(100, this.random.happens(0.2) ? 25_000 : 3000);
    this.#faults.push(`${this.time.nowMs - 1_000_000} ${kind} node ${node.id} ${ms}`);
    if (kind <= 2) {
      node.crash();
      this.time.after(ms, () => node.start());
    } else if (kind <= 4) {
      this.#parted.set(node.id, (['in', 'out', 'both'] as const)[this.random.between(0, 2)] ?? 'both');
      this.time.after(ms, () => this.#parted.delete(node.id));
    } else if (kind === 5) setLimit(this.#center, quota, this.random.between(20, 2500));
    else if (kind === 6) {
      this.#isCenterUp = false;
      this.time.after(Math.min(ms, 8000), () => {
        this.#isCenterUp = true;
      });
    } else if (kind === 7) this.#failOver();
    else if (kind === 8) this.#images.set(node.id, structuredClone(node.disk));
    else if (kind === 9) this.#restoreImage(node);
    else if (kind === 10) {
      if (this.#isCenterUp) this.#forget(node.disk.books);
    } else {
      const before = node.clockErrorMs;
      node.clockErrorMs += this.random.between(1000, 20_000);
      this.time.after(this.random.between(100, 3000), () => {
        node.clockErrorMs = before;
      });
    }
  }

  /** An operator gives up books that may well be at work: what they have is given to others, and used twice at worst. */
  #forget(books: string): void {
    sweep(this.#center, this.time.nowMs, books, (row) => this.#closing(row, row.books === books));
  }

  #failOver(): void {
    const lost = this.#center;
    this.#center = promote(this.#standby, `e${this.time.nowMs}`, this.time.nowMs);
    for (const [name, { win, slice }] of lost.slices) {
      const known = this.#center.slices.get(name)?.slice.granted ?? 0;
      add(this.#allowed, this.#accountOf.get(win) ?? '', Math.max(0, slice.granted - known));
    }
    for (const quota of this.#quotas) setLimit(this.#center, quota, quota.limit);
  }

  #restoreImage(node: SimNode): void {
    const image = this.#images.get(node.id);
    if (!image || image.books !== node.disk.books) return;
    node.crash();
    this.#loseTail(node.disk, image);
    for (const [no, books] of this.#promised) if (books === image.books) this.#promised.delete(no);
    node.disk = structuredClone(image);
    for (const name of [...this.#billedBy.keys()]) if (name.startsWith(`${image.books} `)) this.#billedBy.delete(name);
    node.sameBoot = false;
    node.mustHear = true;
    this.time.after(this.random.between(10, 500), () => node.start());
  }

  #heal(): void {
    this.#isHealed = true;
    this.#isCenterUp = true;
    this.#parted.clear();
    for (const node of this.#nodes) node.start();
  }

  #windowsOf(node: SimNode): readonly { readonly account: string; readonly win: number }[] {
    return [...node.disk.windows.keys()].map((win) => ({ win, account: this.#accountOf.get(win) ?? '' }));
  }

  #checkDrained(node: SimNode, account: string, win: number): void {
    const name = `${node.disk.books} ${win}`;
    const inRows = spentAt(node.disk, node.disk.rows.length).get(win) ?? 0;
    const slice = this.#center.slices.get(name)?.slice;
    if (!this.#center.windows.has(win)) return;
    if ((slice?.spent ?? 0) !== inRows) this.#wrong.add(`U2: rows of ${name} say ${inRows}, the escrow ${slice?.spent}`);
    // Without its row an overrun is booked as it was held.
    if (inRows < (this.#billedBy.get(name) ?? 0) - (this.#overran.get(name) ?? 0))
      this.#wrong.add(`${account}: booked less than was billed`);
    const live = node.book?.windows.get(win)?.slice;
    if (live && (live.held !== 0 || live.spent !== inRows))
      this.#wrong.add(`U4: ${name} holds ${live.held}, spent ${live.spent} of ${inRows}`);
    const stream = this.#center.streams.get(node.disk.books);
    if (stream?.acked !== node.disk.rows.length) this.#wrong.add(`rows of ${node.disk.books} were not settled`);
  }

  #checkCenter(): void {
    for (const node of this.#nodes) this.#checkRows(node);
    const bounds = new Map<string, number>();
    for (const { win, window } of this.#center.windows.values()) {
      const rows = [...this.#center.slices.values()].filter((row) => row.win === win);
      for (const part of ['granted', 'returned', 'spent'] as const) {
        if (rows.reduce((sum, { slice }) => sum + slice[part], 0) !== window[part])
          this.#wrong.add(`I1: ${part} of window ${win}`);
      }
      if (window.granted - window.returned > window.limitPeak + window.forced) this.#wrong.add(`I2: window ${win}`);
      add(bounds, this.#accountOf.get(win) ?? '', window.limitPeak);
    }
    for (const [name, row] of this.#center.slices) {
      const { slice } = row;
      const charged = this.#center.charged.get(name) ?? 0;
      if (slice.spent !== charged) this.#wrong.add(`I3: ${name} spent ${slice.spent}, rows ${charged}`);
      const endsAtMs = this.#center.windows.get(row.win)?.endsAtMs ?? Number.POSITIVE_INFINITY;
      const isOver = slice.closed || endsAtMs + holdMs + requestMs + 2000 < this.time.nowMs;
      if (isOver && slice.granted - slice.returned !== slice.spent) this.#wrong.add(`U4: rights of ${name} leaked`);
    }
    for (const [account, billed] of this.#billed) {
      const bound = bounds.get(account);
      if (bound === undefined) continue;
      if (billed > bound + (this.#allowed.get(account) ?? 0))
        this.#wrong.add(`U3: ${account} was billed ${billed}, bound ${bound} + ${this.#allowed.get(account) ?? 0}`);
    }
  }

  #checkRows(node: SimNode): void {
    const rows = new Map<number, number>();
    for (const { request } of node.disk.rows) rows.set(request, (rows.get(request) ?? 0) + 1);
    for (const [no, books] of this.#promised) {
      if (books === node.disk.books && rows.get(no) !== 1) this.#wrong.add(`U1: request ${no} has ${rows.get(no) ?? 0} rows`);
    }
  }

  #note(value: number): void {
    this.#print = (Math.imul(this.#print, 31) + value + Math.floor(this.time.nowMs)) >>> 0;
  }
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}
