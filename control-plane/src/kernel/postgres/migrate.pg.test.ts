import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { withDatabase } from '../../../test/postgres-server.ts';
import { type Database, openDatabase } from '../db.ts';
import { migrate } from './migrate.ts';

// drizzle-kit's programming interface is CommonJS.
const kit: typeof import('drizzle-kit/api') = createRequire(import.meta.url)('drizzle-kit/api');
const here = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

let pg: TestPg;
let schema: Record<string, unknown>;
beforeAll(async () => {
  pg = await freshDatabase();
  const domains = ['kernel', 'identity', 'carpool', 'fleet', 'insight'];
  const tables = await Promise.all(domains.map((domain) => import(here(`src/${domain}/tables.ts`))));
  schema = Object.assign({}, ...tables);
});
afterAll(() => pg.close());

test('lets five control planes start at once on an empty database', async () => {
  const admin = openDatabase({ url: inject('postgresUrl') }, { max: 1 });
  for (let round = 0; round < 3; round += 1) {
    const name = `empty_${process.pid}_${round}`;
    await admin.sql.unsafe(`CREATE DATABASE ${name}`);
    const url = withDatabase(inject('postgresUrl'), name);
    await Promise.all(Array.from({ length: 5 }, () => migrate({ url })));
    const migrated = openDatabase({ url }, { max: 1 });
    expect(await migrated.sql`SELECT v FROM cfg_head`).toEqual([{ v: '0' }]);
    await migrated.close();
  }
  await admin.close();
});

test('has a migration for everything that the tables say', async () => {
  const snapshots = readdirSync(here('migrations/meta')).filter((name) => name.endsWith('_snapshot.json'));
  const last = snapshots.sort().at(-1);
  const { default: previous } = await import(here(`migrations/meta/${last}`), { with: { type: 'json' } });
  const now = kit.generateDrizzleJson(schema, previous.id);
  expect(await kit.generateMigration(previous, now)).toEqual([]);
});

test('leads to the tables that the code says, with nothing edited by hand between', async () => {
  const name = `plain_${process.pid}`;
  const admin = openDatabase({ url: inject('postgresUrl') }, { max: 1 });
  await admin.sql.unsafe(`CREATE DATABASE ${name}`);
  await admin.close();
  const plain = openDatabase({ url: withDatabase(inject('postgresUrl'), name) }, { max: 1 });
  const statements = await kit.generateMigration(kit.generateDrizzleJson({}), kit.generateDrizzleJson(schema));
  for (const statement of statements) await plain.sql.unsafe(statement);
  const expected = await shapeOf(plain);
  expect(expected.length).toBeGreaterThan(50);
  expect(await shapeOf(pg)).toEqual(expected);
  await pg.sql`ALTER TABLE cfg_head ADD COLUMN by_hand text`;
  expect(await shapeOf(pg)).not.toEqual(expected);
  await plain.close();
});

/** Every column, index and constraint of the public schema, as text. */
async function shapeOf({ sql }: Database): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT concat_ws(' ', table_name, column_name, udt_name, is_nullable, column_default, is_identity, generation_expression) AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'
    ORDER BY 1`;
  return rows.map(({ line }) => line);
}
