import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { plainFacts } from '../../../test/plain-config.ts';
import { carpoolSealedColumns, dataKeysOf, openCredential } from '../../carpool/index.ts';
import { carpoolUpstreams } from '../../carpool/tables.ts';
import { ensureSigningKeys } from '../../fleet/identity/signing-keys/ensure-signing-keys.ts';
import { SigningKeys } from '../../fleet/identity/signing-keys/signing-keys.ts';
import { fleetSealedColumns, startFleet } from '../../fleet/index.ts';
import { openDatabase } from '../db.ts';
import { kernelAudit } from '../tables.ts';
import { rewrapSecrets } from './rewrap-secrets.ts';
import { openKeyring } from './seal.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());

const columns = [...carpoolSealedColumns, ...fleetSealedColumns];
const [before, after] = [randomBytes(32), randomBytes(32)];
const old = testCtx(pg, undefined, { keyring: openKeyring(before) });

it('seals everything anew, so that the key before opens nothing and the new one opens all of it', async () => {
  await withServices(pg);
  const manager = { ...(await newPerson(pg)), keyring: old.keyring };
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'] });
  const { id } = await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-000000000000' });
  await ensureSigningKeys(old);
  const { key } = await new SigningKeys().sign(old, 'x');

  const during = testCtx(pg, undefined, { keyring: openKeyring(after, [before]) });
  expect(await rewrapSecrets(during, columns)).toBe(3);
  expect(await rewrapSecrets(during, columns)).toBe(0);

  const now = testCtx(pg, undefined, { keyring: openKeyring(after) });
  const [dataKey] = await dataKeysOf(now, pg.db, groupId);
  const [row] = await pg.db
    .select()
    .from(carpoolUpstreams)
    .where(eq(carpoolUpstreams.id, id as never));
  if (!dataKey || !row?.credential) throw new Error('nothing was stored');
  const owner = { upstreamId: id, groupId };
  expect(openCredential(dataKey, owner, row.credential)).toBe('sk-ant-canary-000000000000');
  expect((await new SigningKeys().sign(now, 'x')).key).toBe(key);
  await expect(dataKeysOf(old, pg.db, groupId)).rejects.toThrow('another master key');
  const audits = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'kernel.master_key.rewrap'));
  expect(audits).toMatchObject([{ after: { texts: 3 } }]);
});

it('changes nothing when one text does not open', async () => {
  const stranger = testCtx(pg, undefined, { keyring: openKeyring(randomBytes(32), [before]) });
  await expect(rewrapSecrets(stranger, columns)).rejects.toThrow('another master key');
  expect((await new SigningKeys().sign(testCtx(pg, undefined, { keyring: openKeyring(after) }), 'x')).sig).toBeDefined();
});

it('does not start at all with a master key that opens nothing', async () => {
  const database = openDatabase({ url: pg.url });
  const stranger = testCtx(pg, undefined, { db: database.db, keyring: openKeyring(randomBytes(32)) });
  const starting = startFleet(stranger, { database, publicUrl: 'http://cp.test', facts: plainFacts });
  await expect(starting).rejects.toThrow('another master key; give the right CARPOOL_MASTER_KEY');
  await database.close();
});

it('knows every column that holds a sealed text', async () => {
  const found = await pg.db.execute<{ table_name: string; column_name: string }>(`
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'text' AND column_name IN
      ('wrapped', 'sealed', 'password', 'refresh_token', 'oauth_client_secret', 'proof_key')`);
  const notOurs = new Set(['identity_accounts.password', 'identity_accounts.refresh_token']);
  const names = found.map((row) => `${row.table_name}.${row.column_name}`).filter((name) => !notOurs.has(name));
  expect(names.sort()).toEqual(columns.map(({ table, column }) => `${table}.${column}`).sort());
});
