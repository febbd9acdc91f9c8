import type { QuotaResource } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { QuotaFacts } from '../../control-plane/src/fleet/index.ts';
import { ask, type EdgeProcess } from './edge-process.ts';
import { quotaBody } from './quota-nodes.ts';
import { RealFleet } from './real-fleet.ts';

/** Two nodes as programs, the real fleet, a real Postgres: one budget. */
let real: RealFleet;
const soon = { timeout: 30_000, interval: 100 };
const rule: QuotaResource = quotaBody({ group_id: 'grp_a', limit: 12_000, window: 'day' });
/** Thresholds, in percent, as its people are told of them. */
const told: number[] = [];

const quotas: QuotaFacts = {
  readQuotas: async (_tx, ids) => (ids.includes(rule.id) ? [{ quota: rule, timeZone: 'Asia/Shanghai', alertPercent: 80 }] : []),
  knownSubjects: async (_tx, _group, _of, ids) => new Set(ids),
  readConfigTimes: async () => new Map([['grp_a', null]]),
  onQuotaCrossed: async (_ctx, _tx, crossings) => void told.push(...crossings.map(({ percent }) => percent)),
};

beforeAll(async () => {
  real = await RealFleet.open(quotas);
  await real.putGroup({ time_zone: 'Asia/Shanghai' });
  await real.put('grp_a', 'quota', rule.id, rule);
});
afterAll(() => real.close());
afterEach(() => real.endNodes());

const sums = async () => {
  const [window] = await real.pg.db.execute<{ granted: string; returned: string; spent: string }>(
    sql`SELECT sum(granted) AS granted, sum(returned) AS returned, sum(spent) AS spent FROM fleet_windows`,
  );
  const [rows] = await real.pg.db.execute<{ tokens: string; requests: string }>(
    sql`SELECT sum(input + cache_read + cache_write + output) AS tokens, sum(requests) AS requests FROM fleet_hourly_totals`,
  );
  const held = Number(window?.granted) - Number(window?.returned);
  return { held, spent: Number(window?.spent), tokens: Number(rows?.tokens), requests: Number(rows?.requests) };
};

test('two nodes use one budget to its end, whoever has the rest; the books agree, and what a node leaves behind goes back', async () => {
  const both = (await Promise.all([real.newNode(), real.newNode()])).map(({ node }) => node);
  for (const node of both) await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  let served = both.length;
  let refusal = '';
  for (let at = 0; at < 400 && refusal === ''; at += 1) {
    const node = both[at % 2] as EdgeProcess;
    const { status, body } = await ask(node.origin, 'acp_one');
    if (status === 200) served += 1;
    else if (JSON.parse(body).error.type === 'billing_error') refusal = body;
  }
  expect(JSON.parse(refusal).error.message).toMatch(
    /this group may use 12,000 tokens a day; .*it begins anew at .* 00:00 \+08:00/,
  );
  await vi.waitFor(async () => {
    const { requests, tokens, spent } = await sums();
    expect(requests).toBe(served);
    expect(spent).toBe(tokens);
    expect(told.at(-1)).toBe(100);
  }, soon);
  for (const node of both) expect((await node.kill('SIGTERM')).code).toBe(0);
  const { held, spent } = await sums();
  expect(held).toBe(spent);
  expect(spent).toBeLessThanOrEqual(12_000);
});
