import { afterAll, expect, it } from 'vitest';
import { startReplica } from '../../../../test/edge-harness.ts';
import { freshDatabase, testCtx } from '../../../../test/pg.ts';
import { plainFacts } from '../../../../test/plain-config.ts';
import { keyIdOf } from '../ed25519.ts';
import { fleetSigningKeys } from '../identity-tables.ts';
import { ensureSigningKeys } from './ensure-signing-keys.ts';

const pg = await freshDatabase();
const [replica, other] = await Promise.all([startReplica(pg, plainFacts), startReplica(pg, plainFacts)]);
afterAll(async () => {
  await replica.close();
  await other.close();
  await pg.close();
});
const system = testCtx(pg);

it('makes two keys for all replicas, the second endorsed by the first, and keeps their private halves sealed', async () => {
  await ensureSigningKeys(system);
  const rows = await pg.db.select().from(fleetSigningKeys);
  expect(rows.map(({ state }) => state).sort()).toEqual(['current', 'next']);
  for (const { wrapped } of rows) expect(wrapped).toMatch(/^v1\./);
  const [current, next] = await replica.fleet.signingKeys.published(system);
  expect([current?.state, next?.state, next?.by]).toEqual(['current', 'next', keyIdOf(current?.key ?? '')]);
});
