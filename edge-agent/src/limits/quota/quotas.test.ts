import type { BookTask, Hold, HoldRefusal, SettleAnswer, Want } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import type { StoredSlice } from '../../ledger/settling.ts';
import { Quotas, type QuotasParts } from './quotas.ts';

const startMs = Date.parse('2026-11-21T10:00:00Z');
const slice: StoredSlice = {
  win: 1,
  quota: 'quo_1',
  subject: '',
  unit: 'tokens',
  window: 'total',
  starts_at: null,
  ends_at: null,
  granted: 1_000,
  returned: 0,
  spent: 0,
  receipt: 'r',
  epoch: 'e1',
};
const want = (amount: number, own: Partial<Want> = {}): Want => ({
  quota: 'quo_1',
  subject: '',
  amount,
  limit: 10_000,
  strict: false,
  overdraft: 0,
  ...own,
});

/** This process began so long after the machine. */
const bootMs = 900_000;

interface Begun extends Partial<QuotasParts> {
  readonly bootId?: string;
  readonly clock?: { wallMs: number; monoMs: number };
}

/** A process that begins with rights for 1,000, heard of two minutes ago, good for an hour. */
function begun({ bootId = 'boot-1', clock = { wallMs: startMs, monoMs: 5_000 }, ...parts }: Begun = {}) {
  const boot = { id: bootId, upMs: () => bootMs + clock.monoMs };
  const clocks = { nowMs: () => clock.wallMs, monotonicMs: () => clock.monoMs, boot };
  const sentAt = { wallMs: startMs - 120_000, bootId: 'boot-1', upMs: bootMs + 5_000 - 120_000 };
  const quotas = new Quotas({ clocks, keptContact: { sentAt, holdS: 3_600 }, ...parts });
  const tasks: BookTask[] = [];
  quotas.load([slice]);
  quotas.onTasks = (more) => tasks.push(...more);
  return { quotas, clock, tasks };
}

const answer = (own: Partial<SettleAnswer> = {}): SettleAnswer => ({
  status: 'ok',
  acked: 0,
  epoch: 'e1',
  learning: false,
  grants: [],
  opened: [],
  refused: [],
  recalling: false,
  shares: [],
  audit: null,
  hold_s: 3_600,
  report_s: 1,
  center_time: new Date(startMs).toISOString(),
  ...own,
});

/** Held, refused, or waiting. */
function outcome(quotas: Quotas, amount: number, own: Partial<Want> = {}) {
  const result: Hold | HoldRefusal | Promise<unknown> = quotas.hold([want(amount, own)]);
  if (result instanceof Promise) return 'waits';
  return 'wins' in result ? 'held' : result.reason;
}

function answerNow(quotas: Quotas, own: Partial<SettleAnswer> = {}) {
  const question = quotas.ask({ seq: 0, spent: new Map() });
  if (!question) throw new Error('nothing was asked');
  return quotas.answered(question, answer(own));
}

describe('rights of an earlier process', () => {
  it('are used at once after a restart', () => {
    expect(outcome(begun().quotas, 600)).toBe('held');
  });

  it('are used after a reboot, unless the rule is strict; then once the centre was heard', () => {
    const { quotas } = begun({ bootId: 'boot-2' });
    expect(outcome(quotas, 100)).toBe('held');
    expect(outcome(quotas, 100, { strict: true })).toBe('waits');
    answerNow(quotas);
    expect(outcome(quotas, 100, { strict: true })).toBe('held');
  });

  it('end by whichever clock has run further', () => {
    const byWall = begun();
    byWall.clock.wallMs += 3_500_000;
    expect(outcome(byWall.quotas, 100)).toBe('waits');
    const byMono = begun();
    byMono.clock.monoMs += 3_500_000;
    expect(outcome(byMono.quotas, 100)).toBe('waits');
    expect(byMono.quotas.state().isStale).toBe(true);
  });

  it('end in time though the wall clock was set back between two processes', () => {
    const dayMs = 86_400_000;
    const late = begun({ clock: { wallMs: startMs - dayMs, monoMs: 3_600_000 } });
    expect(outcome(late.quotas, 100)).toBe('waits');
    expect(late.quotas.state().isStale).toBe(true);
    const early = begun({ clock: { wallMs: startMs - dayMs, monoMs: 5_000 } });
    expect(outcome(early.quotas, 100)).toBe('held');
    early.clock.monoMs += 3_490_000;
    expect(outcome(early.quotas, 100)).toBe('waits');
  });

  it('are nothing where the wall clock was set back and no other clock tells how old they are', () => {
    const clock = { wallMs: startMs - 86_400_000, monoMs: 5_000 };
    const sentAt = { wallMs: startMs - 120_000, bootId: 'boot-1', upMs: undefined };
    expect(outcome(begun({ clock, keptContact: { sentAt, holdS: 3_600 } }).quotas, 100)).toBe('waits');
    expect(outcome(begun({ clock: { ...clock }, bootId: 'boot-2' }).quotas, 100)).toBe('waits');
  });

  it('are nothing where nobody remembers when the centre was heard', () => {
    expect(outcome(begun({ keptContact: undefined }).quotas, 100)).toBe('waits');
  });
});

describe('the contact that is kept', () => {
  it('is the sending of the question, by the clock of this machine', () => {
    const { quotas, clock } = begun();
    const question = quotas.ask({ seq: 0, spent: new Map() });
    clock.wallMs += 500;
    clock.monoMs += 500;
    const kept = question && quotas.answered(question, answer({ center_time: new Date(startMs + 9_000_000).toISOString() }));
    expect(kept).toEqual({ sentAt: { wallMs: startMs, bootId: 'boot-1', upMs: bootMs + 5_000 }, holdS: 3_600 });
    expect(quotas.nowMs()).toBe(startMs + 9_000_250);
  });
});

describe('what is done besides', () => {
  it('tells at once when a large part was used, and does not for a small one', () => {
    const { quotas } = begun();
    answerNow(quotas);
    let told = 0;
    quotas.onUrgent = () => {
      told += 1;
    };
    const use = (amount: number) => {
      const held = quotas.hold([want(amount)]);
      if (!('wins' in held)) throw new Error('not held');
      quotas.settle(held, [amount]);
    };
    use(10);
    expect(told).toBe(0);
    use(60);
    expect(told).toBe(1);
  });

  it('gives back what is held of a quota that the config lost, but not while nobody hears it', () => {
    const { quotas, tasks } = begun();
    quotas.giveBackUnknown(() => false);
    const returns = () => tasks.filter(({ kind }) => kind === 'keep_returns');
    const question = quotas.ask({ seq: 0, spent: new Map() });
    if (question) quotas.news({ kind: 'unanswered', question, jitter: 0 });
    expect(returns()).toHaveLength(1);
    const other = begun();
    const lost = other.quotas.ask({ seq: 0, spent: new Map() });
    if (lost) other.quotas.news({ kind: 'unanswered', question: lost, jitter: 0 });
    other.quotas.giveBackUnknown(() => false);
    expect(other.tasks.filter(({ kind }) => kind === 'keep_returns')).toHaveLength(0);
  });
});
