import {
  answerWindow,
  type CenterSlice,
  type CenterWindow,
  changeLimit,
  emptyCenterSlice,
  type HeardSlice,
  newCenterWindow,
  type OpenedWindow,
  type QuotaResource,
  type SettleAnswer,
  type SettleRequest,
  type SharedLimit,
  type ShareLease,
  type Shortage,
  type SliceGrant,
  shareOut,
  type Wish,
} from '@aicarpool/shared-protocol';

export type Question = Omit<SettleRequest, 'session_no'>;

interface Window {
  readonly win: number;
  readonly rule: QuotaResource;
  readonly subject: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number | null;
  state: CenterWindow;
  shortage: Shortage | null;
  readonly slices: Map<string, CenterSlice>;
}

interface Books {
  acked: number;
  chain: string;
  readonly node: string;
  /** Sums of every batch that was taken. */
  requests: number;
  tokens: number;
  costNanoUsd: number;
}

const dayMs = 86_400_000;

/** The centre's side of settlement, in memory: the production reducers, one node after the other. */
export class ScriptedSettlement {
  epoch = 'epoch-1';
  holdS = 7_200;
  reportS = 1;
  learning = false;
  sharedBy: NonNullable<SettleAnswer['shared_by']> = [];
  nowMs: () => number = Date.now;
  readonly rules = new Map<string, QuotaResource>();
  readonly windows: Window[] = [];
  readonly books = new Map<string, Books>();
  readonly questions: Question[] = [];
  /** Tells the node of these books to give back. */
  onRecall: (books: string, wins: readonly number[]) => void = () => undefined;
  /** Rows of these are not what was settled. */
  readonly forked = new Set<string>();
  audit: SettleAnswer['audit'] = null;
  readonly #limits = new Map<string, SharedLimit>();
  readonly nodes = new Set<string>();

  put(rule: QuotaResource): void {
    this.rules.set(rule.id, rule);
    for (const window of this.windows) if (window.rule.id === rule.id) window.state = changeLimit(window.state, rule.limit);
  }

  window(quota: string, subject = ''): Window | undefined {
    return this.windows.find((one) => one.rule.id === quota && one.subject === subject);
  }

  answer(question: Question, node = question.books): SettleAnswer {
    this.questions.push(question);
    const base = this.#base();
    if (this.forked.has(question.books)) return { ...base, status: 'fork', acked: 0 };
    const books = this.books.get(question.books) ?? { acked: 0, chain: '', node, requests: 0, tokens: 0, costNanoUsd: 0 };
    this.books.set(question.books, books);
    this.nodes.add(node);
    const status = this.#takeBatch(books, question);
    const opened = question.open.flatMap((wish) => {
      const rule = this.rules.get(wish.quota);
      return rule ? [{ wish, window: this.#open(rule, wish.subject, wish.next) }] : [];
    });
    const told = [
      ...question.slices.map((slice) => ({ win: slice.win, heard: slice, wish: slice })),
      ...opened.map(({ wish, window }) => ({ win: window.win, heard: { returned: 0, spent: 0, held: 0 }, wish })),
    ];
    let recalling = false;
    const grants = told.flatMap(({ win, heard, wish }): SliceGrant[] => {
      const found = this.windows[win - 1];
      if (!found) return [];
      const answered = this.#answerWindow(found, question.books, { proven: 0, granted: 0, ...heard }, { granted: 0, ...wish });
      recalling ||= answered.recalling;
      return [{ win, ...answered.grant, receipt: `receipt-${win}-${answered.grant.granted}` }];
    });
    const shares = question.shares.map(({ name, limit, demand }): ShareLease => {
      const asked = { node, limit, demand, used: 0 };
      const { state, share, safe } = shareOut(this.#limits.get(name) ?? null, asked, this.nowMs(), [...this.nodes]);
      this.#limits.set(name, state);
      return { name, share, safe, lease_s: 30 };
    });
    return {
      ...base,
      status,
      acked: books.acked,
      grants,
      opened: opened.map(({ wish, window }) => openedOf(wish.next, window)),
      refused: question.open
        .filter(({ quota }) => !this.rules.has(quota))
        .map(({ quota, subject }) => ({ quota, subject, reason: 'unknown' })),
      recalling,
      shares,
      audit: this.audit,
    };
  }

  #base(): SettleAnswer {
    return {
      status: 'ok',
      acked: 0,
      epoch: this.epoch,
      learning: this.learning,
      grants: [],
      opened: [],
      refused: [],
      recalling: false,
      shares: [],
      shared_by: this.sharedBy,
      audit: null,
      hold_s: this.holdS,
      report_s: this.reportS,
      center_time: new Date(this.nowMs()).toISOString(),
    };
  }

  #takeBatch(books: Books, { batch }: Question): SettleAnswer['status'] {
    if (!batch || batch.to <= books.acked) return 'dup';
    if (batch.from !== books.acked + 1) return 'gap';
    if (batch.prev_chain !== books.chain) return 'fork';
    books.acked = batch.to;
    books.chain = batch.chain;
    for (const total of batch.totals) {
      books.requests += total.requests;
      books.tokens += total.input + total.cache_read + total.cache_write + total.output;
      books.costNanoUsd += total.cost_nano_usd;
    }
    return 'ok';
  }

  #answerWindow(window: Window, books: string, heard: HeardSlice, wish: Wish) {
    const before = { window: window.state, slice: window.slices.get(books) ?? emptyCenterSlice };
    const answered = answerWindow(before, heard, wish, {
      books,
      nowMs: this.nowMs(),
      endsAtMs: window.endsAtMs,
      sharers: Math.max(1, window.slices.size),
      reserve: 0,
      learning: this.learning,
      shortage: window.shortage,
    });
    window.state = answered.pair.window;
    window.slices.set(books, answered.pair.slice);
    window.shortage = answered.shortage;
    if (answered.recalling) for (const other of window.slices.keys()) if (other !== books) this.onRecall(other, [window.win]);
    return answered;
  }

  #open(rule: QuotaResource, subject: string, next: boolean): Window {
    const nowMs = this.nowMs();
    const startsAtMs = rule.window === 'total' ? 0 : Math.floor(nowMs / dayMs) * dayMs + (next ? dayMs : 0);
    const known = this.windows.find((one) => one.rule.id === rule.id && one.subject === subject && one.startsAtMs === startsAtMs);
    if (known) return known;
    const made: Window = {
      win: this.windows.length + 1,
      rule,
      subject,
      startsAtMs,
      endsAtMs: rule.window === 'total' ? null : startsAtMs + dayMs,
      state: newCenterWindow(rule.limit),
      shortage: null,
      slices: new Map(),
    };
    this.windows.push(made);
    return made;
  }
}

function openedOf(next: boolean, { rule, subject, win, startsAtMs, endsAtMs }: Window): OpenedWindow {
  const { id: quota, unit, window } = rule;
  const starts_at = rule.window === 'total' ? null : new Date(startsAtMs).toISOString();
  return {
    quota,
    subject,
    next,
    win,
    unit,
    window,
    starts_at,
    ends_at: endsAtMs === null ? null : new Date(endsAtMs).toISOString(),
  };
}
