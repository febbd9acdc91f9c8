import type { FixedCost } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { viewPeople } from '../../carpool/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import type { StatementParts } from '../ports.ts';
import { readFixedCosts, setFixedCosts } from './fixed-costs.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const parts: StatementParts = {
  getPeople: viewPeople,
  namesOf: async () => new Map(),
  books: { readUse: async () => [], readBehind: async () => [] },
};
const seats = { name: 'Seats', amount_usd: 100, from_month: '2026-09', to_month: null, rule: 'equal' as const, shares: {} };

it('keeps what a group pays each month, with who set it and what it was', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  expect(await readFixedCosts(manager, parts, group.id)).toEqual([]);
  await setFixedCosts(manager, parts, group.id, [seats]);
  await setFixedCosts(manager, parts, group.id, [{ ...seats, amount_usd: 50 }]);
  expect(await readFixedCosts(manager, parts, group.id)).toEqual([{ ...seats, amount_usd: 50 }]);
  const rows = (await pg.db.select().from(kernelAudit)).filter(({ action }) => action === 'insight.fixed_cost.set');
  expect(rows.map(({ before, after }) => [before, after])).toContainEqual([[seats], [{ ...seats, amount_usd: 50 }]]);
});

it('refuses what cannot be divided, and says why', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  const refused = (over: object) => setFixedCosts(manager, parts, group.id, [{ ...seats, ...over }]);
  await expect(refused({ rule: 'by_share' })).rejects.toMatchObject({ code: 'shares_missing' });
  await expect(refused({ to_month: '2026-08' })).rejects.toMatchObject({ code: 'months_reversed' });
});

it('refuses to replace what the caller has not read, and lets one of two that read the same', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  const server = { ...seats, name: 'Server', rule: 'by_share' as const, shares: { usr_b: 1, usr_a: 2 } };
  const set = (costs: FixedCost[], expected?: FixedCost[]) =>
    setFixedCosts(manager, parts, group.id, costs, expected).then(
      () => 'set',
      ({ status, code }) => `${status} ${code}`,
    );
  const both = await Promise.all([set([seats], []), set([server], [])]);
  expect(both.toSorted()).toEqual(['409 fixed_costs_moved', 'set']);
  expect(await set([server, seats])).toBe('set');
  expect(await set([], [server])).toBe('409 fixed_costs_moved');
  expect(await set([], [seats, server])).toBe('409 fixed_costs_moved');
  expect(await readFixedCosts(manager, parts, group.id)).toEqual([server, seats]);
  // As the API hands them out, whatever order their fields came in.
  const read = [...(await readFixedCosts(manager, parts, group.id))];
  expect(await set([seats], read)).toBe('set');
  expect(await readFixedCosts(manager, parts, group.id)).toEqual([seats]);
});
