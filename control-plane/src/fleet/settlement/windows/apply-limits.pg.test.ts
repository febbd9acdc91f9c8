import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Replica, startReplica, TestEdge } from '../../../../test/edge-harness.ts';
import { NodeIdentity } from '../../../../test/node-identity.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { plainFacts } from '../../../../test/plain-config.ts';
import { ModelBook } from '../../../../test/settlement/model-book.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { systemClock } from '../../../kernel/index.ts';
import { issueRegistrationToken } from '../../enrollment/issue-registration-token.ts';
import { fleetNodeScopes } from '../../tables.ts';
import { checkInvariants } from '../proofs/check-invariants.ts';
import { fleetWindows } from '../settlement-tables.ts';

let pg: TestPg;
let scene: Scene;
let replicas: readonly [Replica, Replica];
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg, undefined, { ctx: { clock: systemClock } });
  replicas = [
    await startReplica(pg, plainFacts, undefined, scene.facts),
    await startReplica(pg, plainFacts, undefined, scene.facts),
  ];
});
afterAll(async () => {
  expect(await checkInvariants(scene.ctx)).toEqual([]);
  for (const replica of replicas) await replica.close();
  await pg.close();
});

/** A node on a replica, with its event stream open there, that holds so much of a quota. */
async function holder(replica: Replica, group: Awaited<ReturnType<Scene['group']>>, quota: string, need: number) {
  const wanted = { role: 'edge', groupIds: null, expiresInMinutes: 5 } as const;
  const { registrationToken } = await issueRegistrationToken(scene.ctx, wanted, 'http://cp.test');
  const edge = await TestEdge.enroll(replica, registrationToken);
  await edge.openSession(replica);
  await pg.db.insert(fleetNodeScopes).values({ nodeId: edge.nodeId, scope: group, servedSince: new Date() });
  const book = new ModelBook(`book_${edge.nodeId}`, edge.sessionNo);
  const settle = async (over: object) => {
    const reply = await call(`${replica.url}/settle`, edge.token, book.request(over));
    if (reply.status !== 200) throw new Error(reply.text);
    book.take(reply.body.data);
    return reply.body.data;
  };
  const { opened } = await settle({ open: [{ quota, subject: '', next: false, need, target: need }] });
  return { events: await edge.events(replica), book, settle, win: opened[0].win as number };
}

it('asks nodes of every replica for their rights the moment a limit is lowered', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const one = await holder(replicas[0], group, quota, 300);
  const two = await holder(replicas[1], group, quota, 400);
  await scene.setLimit(quota, 100);
  expect((await one.events.nextOf('recall')).wins).toEqual([one.win]);
  expect((await two.events.nextOf('recall')).wins).toEqual([two.win]);
  const [window] = (await pg.db.select().from(fleetWindows)).filter((row) => row.quotaId === quota);
  expect(window).toMatchObject({ limit: 100, limitPeak: 700, granted: 700 });
  one.events.close();
  two.events.close();
});

it('tells people of a quota whose limit is lowered below what was used, though no node says anything', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const one = await holder(replicas[0], group, quota, 600);
  one.book.spend({ [one.win]: 500 }, { group_id: group });
  await one.settle({});
  scene.crossings.length = 0;
  await scene.setLimit(quota, 600);
  const told = () => scene.crossings.map(({ quotaId, percent, used, limit }) => [quotaId, percent, used, limit]);
  await expect.poll(() => told().length).toBeGreaterThan(0);
  expect(new Set(told().map(String))).toEqual(new Set([[quota, 80, 500, 600].join()]));
  await scene.setLimit(quota, 400);
  await expect.poll(() => told().at(-1)).toEqual([quota, 100, 500, 400]);
  one.events.close();
});

it('asks who holds rights when a request waits on another replica, and grants what comes back', async () => {
  const group = await scene.group();
  const quota = await scene.quota(group, 1000);
  const rich = await holder(replicas[0], group, quota, 900);
  const poor = await holder(replicas[1], group, quota, 50);
  const report = (need: number) => ({ slices: [poor.book.report(poor.win, 0, { need })] });
  expect(await poor.settle(report(500))).toMatchObject({ recalling: true });
  expect((await rich.events.nextOf('recall')).wins).toEqual([rich.win]);
  rich.book.returnRest(rich.win);
  await rich.settle({});
  expect(await poor.settle(report(500))).toMatchObject({ recalling: false, grants: [{ granted: 550 }] });
  rich.events.close();
  poor.events.close();
});

it('refuses books over HTTP that prove no node, or that speak of no session', async () => {
  const request = new ModelBook('book_x').request();
  expect((await call(`${replicas[0].url}/settle`, null, request)).status).toBe(401);
  expect((await call(`${replicas[0].url}/settle`, new NodeIdentity(), request)).status).toBe(401);
});
