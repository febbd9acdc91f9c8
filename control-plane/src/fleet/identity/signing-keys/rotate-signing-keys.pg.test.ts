import { endorsementStatement } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { startReplica } from '../../../../test/edge-harness.ts';
import { isSigned } from '../../../../test/is-signed.ts';
import { freshDatabase, testCtx } from '../../../../test/pg.ts';
import { plainFacts } from '../../../../test/plain-config.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { keyIdOf, verifyText } from '../ed25519.ts';
import { fleetSigningKeys } from '../identity-tables.ts';
import { listSigningKeys } from './list-signing-keys.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';
import { SigningKeys } from './signing-keys.ts';

const pg = await freshDatabase();
const [replica, other] = await Promise.all([startReplica(pg, plainFacts), startReplica(pg, plainFacts)]);
afterAll(async () => {
  await replica.close();
  await other.close();
  await pg.close();
});
const system = testCtx(pg);

it('signs with the next key after a rotation, on every replica, and every key leads to the one after it', async () => {
  const keys = new SigningKeys();
  const before = await keys.sign(system, 'aicarpool/test/v1');
  const { current, past } = await rotateSigningKeys(system, keys);
  expect(past).toBe(before.key);
  expect((await keys.sign(system, 'aicarpool/test/v1')).key).toBe(current);
  expect((await new SigningKeys().sign(system, 'x')).key).toBe(current);
  await rotateSigningKeys(system, keys);
  const published = await keys.published(system);
  expect(published.map(({ state }) => state)).toEqual(['past', 'past', 'current', 'next']);
  for (const [at, { key, by, endorsement }] of published.entries()) {
    const endorser = published[at - 1]?.key;
    if (endorser === undefined) continue;
    expect(by).toBe(keyIdOf(endorser));
    const text = endorsementStatement({ key, by: keyIdOf(endorser) });
    expect(verifyText(endorser, text, Buffer.from(endorsement ?? '', 'base64url'))).toBe(true);
  }
  expect(await isSigned(keys, system, 'aicarpool/test/v1', before)).toBe(true);
  expect(await isSigned(keys, system, 'aicarpool/other/v1', before)).toBe(false);
});

it('deletes the private half of a key that signs no more, lists keys by name and audits', async () => {
  const listed = await listSigningKeys(system);
  expect(listed.map(({ state }) => state)).toEqual(['next', 'current', 'past', 'past']);
  const past = await pg.db.select().from(fleetSigningKeys).where(eq(fleetSigningKeys.state, 'past'));
  for (const { wrapped, retiredAt } of past) expect([wrapped, retiredAt === null]).toEqual([null, false]);
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'fleet.signing_key.rotate'));
  expect(audits).toHaveLength(3);
  const asAdmin = testCtx(pg, { kind: 'user', userId: 'usr_1' as never, role: 'admin', sessionId: 's' });
  await expect(rotateSigningKeys(asAdmin, new SigningKeys())).rejects.toMatchObject({ status: 403 });
});

it('keeps one current and one next key, however many rotate at once', async () => {
  const keys = new SigningKeys();
  await Promise.all([1, 2, 3].map(() => rotateSigningKeys(system, keys)));
  const rows = await listSigningKeys(system);
  expect(rows.filter(({ state }) => state !== 'past').map(({ state }) => state)).toEqual(['next', 'current']);
  expect(rows).toHaveLength(7);
});
