import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { statsReport } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { newBookRow } from '../../../test/model-books.ts';
import { modelFleet, modelParts, newModelNode, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { readHourlyTotals, readSettledCounts } from '../../fleet/index.ts';
import { fleetHourlyTotals, fleetSettledCounts } from '../../fleet/tables.ts';
import { insightAnswers } from '../tables.ts';
import { readGroupStats } from './read-group-stats.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
beforeEach(async () => {
  await pg.db.delete(insightAnswers);
  await pg.db.delete(fleetHourlyTotals);
  await pg.db.delete(fleetSettledCounts);
});

const at = '2026-11-21T09:00:00.000Z';

async function settle(requests: number, over: object = {}) {
  await pg.db.insert(fleetHourlyTotals).values({
    hourAt: new Date(at),
    groupId: 'grp_one',
    userId: 'usr_a',
    keyId: `key_${Math.random()}`,
    service: 'claude',
    model: 'm',
    upstreamId: 'ups',
    priceVersion: '1',
    attempts: requests,
    requests,
    successes: requests,
    input: 10 * requests,
    output: 5 * requests,
    ...over,
  });
}

/** One node answers one row; another one, offline, has some of its own. `behind`: it has not settled all of it. */
async function ask(behind: boolean, over: object = {}) {
  const away = newModelNode({ nodeId: 'nod_away', name: 'away', mood: 'offline', online: false, state: 'inactive' } as never);
  const fleet = modelFleet(newModelNode({ rows: [newBookRow({ endedAt: at })] }), away);
  const settled = {
    readHourlyTotals,
    readSettledCounts,
    readBehind: async (_: unknown, ids: readonly string[]) => (behind ? ids.map((nodeId) => ({ nodeId })) : []),
  };
  const actor = { kind: 'user', userId: 'usr_boss' as UserId, role: 'group_manager', sessionId: 'ses_1' as SessionId } as const;
  const ctx = testCtx(pg, actor, { clock: standingClock('2026-11-21T10:00:00.000Z') });
  const wish = {
    granularity: 'day',
    include_user_breakdown: true,
    include_key_breakdown: false,
    force_refresh: true,
    groupId: 'grp_one',
    ...over,
  } as const;
  const { data, warnings } = await readGroupStats(ctx, { ...modelParts(fleet), settled }, wish);
  return { ...statsReport.parse(data), warnings };
}

describe('statistics of which nodes say too little', () => {
  it('come from the settled books, whole and without a gap, where those have more', async () => {
    await settle(1);
    await settle(4, { userId: 'usr_b', model: 'other' });
    const { summary, query_info, by_model, by_user, warnings } = await ask(false);
    expect(summary).toMatchObject({ total_requests: 5, total_tokens: 75 });
    expect(query_info).toMatchObject({ data_completeness: 1, nodes_queried: 2, nodes_responded: 1, nodes_offline: 1 });
    expect(by_model.map(({ model, requests }) => [model, requests]).sort()).toEqual([
      ['m', 1],
      ['other', 4],
    ]);
    expect(by_user).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it('still say what is missing where a silent node has not settled everything', async () => {
    await settle(5);
    const { summary, query_info, warnings } = await ask(true);
    expect(summary.total_requests).toBe(5);
    expect(query_info.data_completeness).toBe(0.5);
    expect(warnings.join()).toContain('away');
  });

  it('stay with the nodes where those know more: what is not settled yet counts', async () => {
    const { summary, query_info } = await ask(false);
    expect(summary.total_requests).toBe(1);
    expect(query_info.data_completeness).toBe(1);
  });

  it('have a gap where the nodes know more and a silent one has rows there, which are not among theirs', async () => {
    await pg.db
      .insert(fleetSettledCounts)
      .values({ hourAt: new Date(at), groupId: 'grp_one', nodeId: 'nod_away', attempts: 1, requests: 1 });
    expect((await ask(false)).query_info.data_completeness).toBe(0.5);
    await settle(2);
    expect((await ask(false)).query_info.data_completeness).toBe(1);
  });

  it('are narrowed to what was asked for', async () => {
    await settle(4, { groupId: 'grp_two' });
    await settle(3, { service: 'gemini' });
    expect((await ask(false, { service_name: 'gemini' })).summary.total_requests).toBe(3);
    expect((await ask(false, { service_name: 'claude' })).summary.total_requests).toBe(1);
  });
});
