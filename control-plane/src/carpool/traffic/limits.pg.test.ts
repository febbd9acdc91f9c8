import { groupResource } from '@aicarpool/shared-protocol';
import { groupLimitsChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readScope } from '../facts.ts';
import { getLimits, setLimits } from './limits.ts';

let pg: TestPg;
let manager: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

const none = { rate_limit_requests: null, rate_limit_window: null, tokens_per_minute: null, concurrency: null };
const set = (id: string, change: object, ctx = manager) => setLimits(ctx, id, groupLimitsChange.parse(change));

describe('setLimits', () => {
  it('keeps what is absent, removes what is null, and tells nodes', async () => {
    const { id } = await makeGroup(manager);
    expect(await getLimits(manager, id)).toEqual({ group: none, member: none, denied_features: [] });
    await set(id, {
      group: { rate_limit_requests: 100, rate_limit_window: 60, concurrency: 50 },
      member: { tokens_per_minute: 9000, concurrency: 4 },
      denied_features: ['web_search', 'vision', 'vision'],
    });
    const before = await currentHead(pg.db);
    const after = await set(id, { group: { concurrency: null }, member: { concurrency: 5 }, reason: 'a quiet week' });
    expect((await currentHead(pg.db)).head).toBe(before.head + 1);
    expect(after).toEqual({
      group: { ...none, rate_limit_requests: 100, rate_limit_window: 60 },
      member: { ...none, tokens_per_minute: 9000, concurrency: 5 },
      denied_features: ['vision', 'web_search'],
    });
    expect(await getLimits(manager, id)).toEqual(after);
    const [told] = await readScope(pg.db, id);
    expect(groupResource.parse(told?.body)).toMatchObject({
      limits: { requests: { requests: 100, window_s: 60 }, tokens_per_minute: null, concurrency: null },
      member_limits: { requests: null, tokens_per_minute: 9000, concurrency: 5 },
      denied_features: ['vision', 'web_search'],
    });
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, id));
    const changes = rows.filter(({ action }) => action === 'carpool.group.update');
    expect(changes.map(({ after: said }) => (said as { reason?: string }).reason).sort()).toEqual(['a quiet week', undefined]);
  });

  it('refuses half a rate, and changes nothing then', async () => {
    const { id } = await makeGroup(manager);
    await expect(set(id, { member: { rate_limit_requests: 5 } })).rejects.toMatchObject({ code: 'rate_limit_incomplete' });
    await set(id, { member: { rate_limit_requests: 5, rate_limit_window: 60 } });
    await expect(set(id, { member: { rate_limit_window: null } })).rejects.toMatchObject({ code: 'rate_limit_incomplete' });
    expect((await getLimits(manager, id)).member).toMatchObject({ rate_limit_requests: 5, rate_limit_window: 60 });
  });

  it('is for managers; members read', async () => {
    const group = await makeGroup(manager);
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    expect(await getLimits(member, group.id)).toMatchObject({ denied_features: [] });
    await expect(set(group.id, {}, member)).rejects.toMatchObject({ status: 403 });
    await expect(set(group.id, {}, await newPerson(pg))).rejects.toMatchObject({ status: 404 });
  });
});
