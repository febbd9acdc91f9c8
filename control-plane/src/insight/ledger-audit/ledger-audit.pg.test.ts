import { newId, type UserId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join } from '../../../test/carpool-factories.ts';
import { openConsole, type TestConsole } from '../../../test/console.ts';
import { guardRoutes } from '../../../test/guards.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { HandClock, Scene } from '../../../test/settlement/scene.ts';
import { fleetSettledCounts, fleetSlices } from '../../fleet/tables.ts';
import { insightAnswers } from '../tables.ts';

let pg: TestPg;
let scene: Scene;
let console: TestConsole;
let admin: string;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg, new HandClock(new Date().toISOString()));
  console = await openConsole(pg);
  ({ token: admin } = await console.signInAs('admin'));
});
afterAll(async () => {
  await console.close();
  await pg.close();
});

guardRoutes(
  () => console,
  [
    { method: 'GET', path: '/admin/ledger-audit', refuses: 'group_manager' },
    { method: 'GET', path: '/admin/ledger-audit/books/req_x', refuses: 'group_manager' },
    { method: 'POST', path: '/admin/ledger-audit/check', refuses: 'group_manager' },
    { method: 'GET', path: `/carpool/groups/${newId('group')}/ledger-audit` },
    { method: 'GET', path: '/admin/edge-nodes/nod_x/books', refuses: 'group_manager' },
    { method: 'POST', path: '/admin/edge-nodes/nod_x/forget', body: {}, refuses: 'group_manager' },
  ],
);

const ask = async (path: string, token = admin) => await console.call('GET', path, { token });
const post = async (path: string, body: object = {}) => await console.call('POST', path, { token: admin, body });

async function stage() {
  const group = await scene.group();
  const node = await scene.node(group);
  const book = scene.newBook(node);
  const win = await scene.open(node, book, await scene.quota(group, 1_000_000));
  await scene.ask(node, book, win, { need: 500_000 });
  for (const over of [{}, { estimated: 1, estimated_tokens: 100, estimated_cost_nano_usd: 100, lost: 1 }, {}])
    book.spend({ [win]: 100 }, { group_id: group, ...over });
  await scene.settle(node, book);
  return { group, node, book, win };
}

/** Somebody in the group, signed in. */
async function inGroup(group: string, role: 'manager' | 'member'): Promise<string> {
  const { token, userId } = await console.signInAs(role === 'manager' ? 'group_manager' : 'group_member');
  await join({ ...testCtx(pg), userId: userId as UserId }, { id: group }, role);
  return token;
}

it('says in one sentence whether the books add up, and what they are made of', async () => {
  const { group, node, book } = await stage();
  const { body } = await ask('/admin/ledger-audit');
  expect(body.data.summary).toMatchObject({
    rows: 3,
    nodes: 1,
    books: 1,
    differences: 0,
    ranges_without_detail: 0,
    proved_percent: 0,
    unproved: 3,
    tokens: 300,
    cost_usd: 0.0000003,
    estimated: { rows: 1, tokens: 100, cost_usd: 0.0000001 },
    lost: { requests: 1 },
  });
  expect(body.data.summary.estimated.tokens_percent).toBeCloseTo(33.33, 1);
  expect(body.data.invariants.map((one: { id: string; violations: number }) => [one.id, one.violations])).toEqual(
    ['I1', 'I2', 'I3', 'I4', 'batches', 'windows', 'totals'].map((id) => [id, 0]),
  );
  expect(body.data.books).toMatchObject([{ id: book.id, node_id: node.id, state: 'open', rows: 3, settled_to: 3, unsettled: 0 }]);
  const coverage = await ask(`/carpool/groups/${group}/ledger-audit`);
  expect(coverage.body.data).toMatchObject({ rows: 3, agrees: true, unsettled: 0, nodes: [{ node_id: node.id, rows: 3 }] });
});

it('finds what contradicts itself when asked to look now, and not before its answer is old', async () => {
  const { node, book, win } = await stage();
  await ask('/admin/ledger-audit');
  await pg.db.update(fleetSlices).set({ charged: 1 }).where(eq(fleetSlices.win, win));
  const differencesOf = async () => (await ask('/admin/ledger-audit')).body.data.summary.differences;
  expect(await differencesOf()).toBe(0);
  const { body } = await post('/admin/ledger-audit/check');
  expect(body.data.violations).toBe(1);
  expect(body.data.asked).toBeGreaterThanOrEqual(1);
  const found = (await ask('/admin/ledger-audit')).body.data;
  expect(found.invariants.find(({ id }: { id: string }) => id === 'I3')).toMatchObject({
    violations: 1,
    examples: [expect.stringContaining(book.id)],
  });
  expect(await differencesOf()).toBe(1);
  expect(await scene.settle(node, book)).toMatchObject({ audit: { from: 1, to: 3 } });
  await pg.db.update(fleetSlices).set({ charged: 300 }).where(eq(fleetSlices.win, win));
  await pg.db.delete(insightAnswers);
});

it('opens a book with its proofs and with what is not proved', async () => {
  const { node, book } = await stage();
  await post('/admin/ledger-audit/check');
  const { audit: asked } = await scene.settle(node, book);
  const sums = { requests: 2, input: 0, cache_read: 0, cache_write: 0, output: 0, cost_nano_usd: 0, estimated: 0, lost: 0 };
  if (!asked) throw new Error('nothing was asked');
  await scene.settle(node, book, { proof: { ...asked, rows: 3, chain: 'ab', sums } });
  const { body } = await ask(`/admin/ledger-audit/books/${book.id}`);
  expect(body.data).toMatchObject({
    differing: 1,
    ranges: [{ from: 1, to: 3, is: 'differs' }],
    proofs: [{ from: 1, to: 3, kind: 'sweep', outcome: 'differs', same_chain: false, settled: { rows: 3, requests: 3 } }],
  });
  expect(body.data.proofs[0].found).toMatchObject({ rows: 3, requests: 2 });
  const { books } = (await ask('/admin/ledger-audit')).body.data;
  expect(
    books.findIndex(({ id }: { id: string }) => id === book.id),
    'what needs a look comes first',
  ).toBeLessThan(2);
  expect((await ask('/admin/ledger-audit/books/req_unknown')).body.error.code).toBe('book_unknown');
});

it('tells a manager how his own group is covered, a member that it is not for him, a stranger nothing', async () => {
  const { group, node } = await stage();
  const [manager, member, stranger] = [
    await inGroup(group, 'manager'),
    await inGroup(group, 'member'),
    await inGroup(await scene.group(), 'manager'),
  ];
  const path = `/carpool/groups/${group}/ledger-audit`;
  expect((await ask(path, stranger)).body.error.code).toBe('group_unknown');
  expect((await ask(path, member)).body.error.code).toBe('not_the_manager');
  expect((await ask(path, manager)).body.data).toMatchObject({ agrees: true, nodes: [{ node_id: node.id, rows: 3 }] });
  await pg.db.update(fleetSettledCounts).set({ attempts: 2 }).where(eq(fleetSettledCounts.groupId, group));
  expect((await ask(path, manager)).body.data).toMatchObject({ rows: 3, agrees: false, nodes: [{ node_id: node.id, rows: 2 }] });
});

it('says what forgetting a node means, and forgets it only when that was said', async () => {
  const { node, book } = await stage();
  const { body } = await ask(`/admin/edge-nodes/${node.id}/books`);
  expect(body.data).toMatchObject({ may_be_at_work: true, books: [{ id: book.id, state: 'open', settled_to: 3, known_seq: 3 }] });
  expect(body.data.usd_at_most).toBeGreaterThan(0.0004);
  const path = `/admin/edge-nodes/${node.id}/forget`;
  expect((await post(path)).body.error.code).toBe('node_may_be_at_work');
  expect((await post(path, { even_now: true })).status).toBe(200);
  expect((await ask(`/admin/edge-nodes/${node.id}/books`)).body.data).toMatchObject({ usd_at_most: 0, may_be_at_work: false });
});
