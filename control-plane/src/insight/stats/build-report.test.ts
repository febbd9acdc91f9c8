import type { StatsQuestion } from '@aicarpool/shared-protocol';
import { statsReport } from '@aicarpool/shared-protocol/console';
import { expect, test } from 'vitest';
import { askModelBooks, type BookRow, newBookRow } from '../../../test/model-books.ts';
import type { BookKeeper, NodeReply } from '../ports.ts';
import { readRange } from '../time/stats-range.ts';
import type { AskedNode, Gathered } from './ask-fleet.ts';
import { buildReport, type ReportWish } from './build-report.ts';
import { mergeAnswers } from './merge-answers.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const range = readRange({ zone: 'UTC', granularity: 'day', start_date: '2026-11-19' }, nowMs, {
  maxBuckets: 1000,
  defaultDays: 7,
});
const wish: ReportWish = { tier: 'history', timeoutMs: 3000, byGroup: false, byUser: true, byKey: true };
const question: StatsQuestion = {
  question_id: 'qst_1',
  edges: range.edgesMs.map((ms) => new Date(ms).toISOString()),
  filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
  by: ['bucket', 'service', 'model', 'user', 'key'],
  deadline_ms: 1000,
};

function keeper(over: Partial<BookKeeper> = {}): BookKeeper {
  return {
    nodeId: 'nod_a',
    name: 'berlin-1',
    state: 'active',
    online: true,
    sinceAt: new Date('2026-10-01T00:00:00Z'),
    untilAt: null,
    lastSeenAt: new Date(nowMs - 10_000),
    activeRequests: 0,
    ...over,
  };
}

function answered(
  rows: readonly BookRow[],
  over: Partial<BookKeeper> = {},
  answer: Partial<NodeReply['answer']> = {},
): AskedNode {
  const who = keeper(over);
  return {
    keeper: who,
    reply: {
      nodeId: who.nodeId,
      status: 'responded',
      responseTimeMs: 12.4,
      answer: { ...askModelBooks(rows, question), ...answer },
    },
  };
}

function silent(status: 'timeout' | 'offline' | 'failed', over: Partial<BookKeeper> = {}, error?: string): AskedNode {
  const who = keeper(over);
  return { keeper: who, reply: { nodeId: who.nodeId, status, responseTimeMs: null, error } };
}

function report(...asked: AskedNode[]) {
  const cells = mergeAnswers(asked.flatMap(({ reply }) => (reply.answer ? [reply.answer] : [])));
  const gathered: Gathered = { range, asked, cells, askedAtMs: nowMs, tookMs: 5 };
  const built = buildReport(gathered, wish);
  // What goes out must be what the contract promises.
  const whole = { cached: false, cache_age_seconds: 0, cache_expires_at: '2026-11-21T10:30:00.000Z', source: 'live' as const };
  statsReport.parse({ ...built, query_info: { ...built.query_info, ...whole } });
  return { ...built, codes: built.warning_codes.map((warning) => warning.code) };
}

const rows = [
  newBookRow({ endedAt: '2026-11-19T08:00:00.000Z', durationMs: 100, costNanoUsd: 60_000_000_000 }),
  newBookRow({
    endedAt: '2026-11-21T09:00:00.000Z',
    service: 'gemini',
    model: 'gemini-2.5-pro',
    costNanoUsd: 15_500_000_000,
    durationMs: 300,
  }),
  newBookRow({
    endedAt: '2026-11-21T09:59:00.000Z',
    user: 'usr_two',
    key: 'key_two',
    cacheRead: 40,
    cacheWrite: 50,
    thinking: 3,
    outcome: 'timeout',
    attempts: 3,
  }),
];

test('adds up the books of all nodes and gives every part beside the whole', () => {
  const { summary, query_info, by_service, by_model, by_user, by_key, codes } = report(
    answered(rows.slice(0, 1)),
    answered(rows.slice(1), { nodeId: 'nod_b' }),
  );
  expect(query_info).toMatchObject({ data_completeness: 1, nodes_queried: 2, nodes_responded: 2, estimated_share: 0 });
  expect(summary).toMatchObject({
    total_requests: 3,
    total_tokens: 3 * 15 + 90,
    total_cost: 75.500105,
    total_cost_nano_usd: 75_500_105_000,
    success_rate: 66.66,
    avg_response_time_ms: 200,
    attempts: 5,
    errors: { total: 1, timeout: 1, rate_limit: 0, auth: 0, other: 0 },
    cache_read_tokens: 40,
    cache_write_tokens: 50,
    thinking_tokens: 3,
    min_response_time_ms: 100,
    max_response_time_ms: 300,
    last_request_at: '2026-11-21T09:59:00.000Z',
  });
  expect(summary.p50_response_time_ms).toBeGreaterThanOrEqual(198);
  expect(summary.p50_response_time_ms).toBeLessThanOrEqual(202);
  expect(by_service.map((row) => [row.service_name, row.requests, row.cost])).toEqual([
    ['claude', 2, 60.000105],
    ['gemini', 1, 15.5],
  ]);
  expect(by_model.map((row) => row.model)).toEqual(['claude-sonnet-4-5', 'gemini-2.5-pro']);
  expect(by_user?.map((row) => [row.user_id, row.requests])).toEqual([
    ['usr_one', 2],
    ['usr_two', 1],
  ]);
  expect(by_key?.map((row) => [row.key_id, row.user_id, row.tokens])).toEqual([
    ['key_one', 'usr_one', 30],
    ['key_two', 'usr_two', 105],
  ]);
  expect(codes).toEqual([]);
});

test('gives every bucket, empty ones too, and says how many nodes could have filled it', () => {
  const young = silent('offline', {
    nodeId: 'nod_b',
    name: 'tokyo',
    state: 'inactive',
    sinceAt: new Date('2026-11-21T00:00:00Z'),
  });
  const { time_series } = report(answered(rows), young);
  expect(
    time_series.map(({ timestamp, requests, expected, reported }) => [timestamp.slice(0, 10), requests, expected, reported]),
  ).toEqual([
    ['2026-11-19', 1, 1, 1],
    ['2026-11-20', 0, 1, 1],
    ['2026-11-21', 2, 2, 1],
  ]);
  expect(time_series[2]?.by_service).toMatchObject({ claude: { requests: 1 }, gemini: { requests: 1, cost: 15.5 } });
});

test('names every silent node in details, counts and warnings', () => {
  const built = report(
    answered(rows),
    silent('timeout', { nodeId: 'nod_b', name: 'b' }),
    silent('offline', { nodeId: 'nod_c', name: 'c', state: 'inactive' }),
    silent('offline', { nodeId: 'nod_d', name: 'd', state: 'retired' }),
    silent('failed', { nodeId: 'nod_e', name: 'e' }, 'disk full'),
  );
  expect(built.query_info).toMatchObject({
    data_completeness: 0.2,
    nodes_queried: 5,
    nodes_responded: 1,
    nodes_timeout: 1,
    nodes_offline: 2,
    nodes_failed: 1,
  });
  expect(built.node_details.map(({ node_id, status, state }) => [node_id, status, state])).toEqual([
    ['nod_a', 'responded', 'active'],
    ['nod_b', 'timeout', 'active'],
    ['nod_c', 'offline', 'inactive'],
    ['nod_d', 'offline', 'retired'],
    ['nod_e', 'failed', 'active'],
  ]);
  expect(built.node_details[0]).toMatchObject({ data_range: '2026-11-19 to 2026-11-21', requests: 3, response_time_ms: 12 });
  expect(built.node_details[1]?.error).toBe('Query timeout after 3 seconds');
  expect(built.codes).toEqual(['node_timeout', 'node_offline', 'node_retired', 'node_failed', 'ask_again']);
  expect(built.warning_codes[1]?.message).toBe(
    'node c is offline since 2026-11-21T09:59:50.000Z; its part of the figures is missing',
  );
});

test('calls a part of an answer a part, not complete', () => {
  const { query_info, codes, time_series } = report(answered(rows, {}, { outcome: 'partial', message: 'out of time' }));
  expect(query_info).toMatchObject({ data_completeness: 0, nodes_responded: 1 });
  expect(codes).toContain('answer_partial');
  expect(time_series[0]).toMatchObject({ expected: 1, reported: 0 });
});

test('says unknown, not zero, when nobody answered, and that there is nothing when nobody could', () => {
  expect(report(silent('offline')).codes).toEqual(['nothing_answered', 'node_offline']);
  expect(report(silent('offline')).query_info.data_completeness).toBe(0);
  expect(report().codes).toEqual(['no_nodes']);
  expect(report().query_info.data_completeness).toBe(1);
  expect(report().summary).toMatchObject({
    total_requests: 0,
    success_rate: null,
    avg_response_time_ms: null,
    p99_response_time_ms: null,
  });
});

test('warns of figures that are estimated, lost, unpriced, blurred or cut off', () => {
  const soft = [
    newBookRow({ estimated: true }),
    newBookRow({ lost: true, estimated: true, outcome: 'other' }),
    newBookRow({ priced: false }),
  ];
  expect(report(answered(soft, {}, { approximate: true })).codes).toEqual([
    'edges_approximate',
    'usage_estimated',
    'requests_lost',
    'price_unknown',
  ]);
  expect(report(answered(soft)).query_info.estimated_share).toBe(0.6667);
});

test('takes books that begin late for young, and for cut only where they can have been', () => {
  const codes = (start: string, covered_from: string | null) => {
    const longRange = readRange({ zone: 'UTC', granularity: 'day', start_date: start }, nowMs, {
      maxBuckets: 1000,
      defaultDays: 7,
    });
    const node = answered([], {}, { covered_from });
    const built = buildReport({ range: longRange, asked: [node], cells: [], askedAtMs: nowMs, tookMs: 1 }, wish);
    return built.warning_codes.map((warning) => warning.code);
  };
  expect(codes('2026-11-19', '2026-11-20T00:00:00Z')).toEqual([]);
  expect(codes('2026-10-20', '2026-11-01T00:00:00Z')).toEqual(['history_cut']);
  expect(codes('2026-11-02', '2026-11-01T00:00:00Z')).toEqual([]);
  expect(codes('2026-10-20', null)).toEqual([]);
});
