import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noTokens } from '@aicarpool/shared-protocol';
import { afterAll, expect, test } from 'vitest';
import { type FinalRow, type Ledger, openLedger } from '../../../../edge-agent/src/ledger/ledger.ts';
import { askModelBooks, type BookRow, newBookRow } from '../../../test/model-books.ts';
import { newModelNode } from '../../../test/model-fleet.ts';
import { newLogger, systemClock } from '../../kernel/index.ts';
import type { BookKeeper, Fleet } from '../ports.ts';
import { readRange } from '../time/stats-range.ts';
import { askFleet } from './ask-fleet.ts';
import { mergeAnswers } from './merge-answers.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'books-'));
const ledgers: Ledger[] = [];
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close();
  rmSync(dataDir, { recursive: true });
});

const nowMs = Date.now();
const outcomes = {
  success: { status: 'ok', httpStatus: 200 },
  timeout: { status: 'timeout', httpStatus: null },
  rate_limit: { status: 'upstream_error', httpStatus: 429 },
  auth: { status: 'upstream_error', httpStatus: 401 },
  other: { status: 'upstream_error', httpStatus: 500 },
  cancelled: { status: 'client_gone', httpStatus: 200 },
} as const;

/** The rows of attempts that stand behind one request: earlier ones failed and are not final. */
function* attemptsOf(row: BookRow, requestId: string): Generator<FinalRow> {
  const endedAtMs = Date.parse(row.endedAt);
  for (let attempt = 1; attempt <= row.attempts; attempt += 1) {
    const final = attempt === row.attempts;
    const usage = {
      ...noTokens,
      input: row.input,
      cacheRead: row.cacheRead,
      cacheWrite5m: row.cacheWrite,
      output: row.output,
      thinking: row.thinking,
    };
    yield {
      ...(final ? outcomes[row.outcome] : outcomes.other),
      requestId,
      attempt,
      final,
      startedAtMs: endedAtMs - row.durationMs,
      endedAtMs: final ? endedAtMs : endedAtMs - 1,
      groupId: row.group,
      keyId: row.key,
      userId: row.user,
      service: row.service,
      upstreamId: `ups_${attempt}`,
      dialect: 'anthropic-messages',
      operation: 'generate',
      model: row.model,
      stream: true,
      requestBytes: 100,
      priced: final ? row.priced : true,
      priceVersion: null,
      usage: final ? usage : noTokens,
      costNanoUsd: final ? row.costNanoUsd : 0,
      estimated: final && row.estimated,
      servedModel: null,
      firstByteMs: null,
      durationMs: row.durationMs,
      responseBytes: 10,
      errorType: null,
      upstreamRequestId: null,
    };
  }
}

/** A number in [0, below) from a fixed series, so that a failure can be seen again. */
let seed = 20_261_121;
function some(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function pick<T>(...of: [T, ...T[]]): T {
  return of[some(of.length)] ?? of[0];
}

function randomRow(): BookRow {
  return newBookRow({
    endedAt: new Date(nowMs - 1_000 - some(3 * 86_400_000)).toISOString(),
    group: pick('grp_one', 'grp_two'),
    service: pick('claude', 'gemini'),
    model: pick('m1', 'm2', 'm3'),
    user: pick('usr_a', 'usr_b'),
    key: pick('key_a', 'key_b'),
    attempts: 1 + some(3),
    outcome: pick('success', 'success', 'timeout', 'rate_limit', 'auth', 'other', 'cancelled'),
    input: some(1000),
    cacheRead: some(1000),
    cacheWrite: some(1000),
    output: some(1000),
    thinking: some(100),
    costNanoUsd: some(1_000_000_000),
    estimated: some(5) === 0,
    durationMs: some(60_000),
  });
}

test('gives out of the real books of three nodes what one plain list of all requests gives', async () => {
  const nodes: { keeper: BookKeeper; ledger: Ledger }[] = [];
  for (const nodeId of ['nod_a', 'nod_b', 'nod_c']) {
    const ledger = await openLedger({ dataDir: join(dataDir, nodeId), nowMs: () => Date.now(), log: newLogger('silent') });
    ledgers.push(ledger);
    nodes.push({ keeper: newModelNode({ nodeId, sinceAt: new Date(nowMs - 30 * 86_400_000) }), ledger });
  }
  const rows = Array.from({ length: 300 }, randomRow);
  for (const [i, row] of rows.entries()) {
    for (const attempt of attemptsOf(row, `req_${i}`)) {
      const { usage: _, ...intent } = attempt;
      await nodes[i % 3]?.ledger.intend({ ...intent, estimate: { input: 1, output: 1 }, estimateCostNanoUsd: 0 });
      await nodes[i % 3]?.ledger.settle(attempt);
    }
  }
  const fleet: Fleet = {
    bookKeepers: async () => nodes.map(({ keeper }) => keeper),
    askNodes: (_ctx, question) =>
      Promise.all(
        nodes.map(async ({ keeper, ledger }) => ({
          nodeId: keeper.nodeId,
          status: 'responded' as const,
          responseTimeMs: 1,
          answer: { session_no: 1, ...(await ledger.ask({ ...question, question_id: 'qst_1', deadline_ms: 10_000 })) },
        })),
      ),
  };
  const filter = { group_ids: ['grp_one'], key_ids: null, user_ids: ['usr_a'], services: null };
  const by = ['bucket', 'service', 'model', 'user', 'key'] as const;
  for (const [zone, granularity] of [
    ['Asia/Kolkata', 'hour'],
    ['Asia/Shanghai', 'day'],
    ['UTC', 'day'],
    ['UTC', 'month'],
  ] as const) {
    const range = readRange({ zone, granularity }, nowMs, { maxBuckets: 1000, defaultDays: 5 });
    const ctx = { clock: systemClock } as never;
    const gathered = await askFleet(ctx, fleet, await fleet.bookKeepers(ctx, null), { range, filter, by, timeoutMs: 10_000 });
    expect(gathered.asked.map(({ reply }) => reply.answer?.outcome)).toEqual(['complete', 'complete', 'complete']);
    const edges = range.edgesMs.map((ms) => new Date(ms).toISOString());
    const whole = mergeAnswers([askModelBooks(rows, { question_id: 'qst_1', edges, filter, by: [...by] })]);
    expect(whole.length).toBeGreaterThan(5);
    expect(gathered.cells).toEqual(whole);
  }
});
