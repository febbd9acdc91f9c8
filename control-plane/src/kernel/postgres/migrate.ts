import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { openDatabase, type ServerAddress } from '../db.ts';

const migrationsFolder = fileURLToPath(new URL('../../../migrations', import.meta.url));
const migrationLock = 727_274_002;

/** Brings the database up to date. Replicas that start together wait for one another: drizzle's migrator takes no lock itself. */
export async function migrate(address: ServerAddress): Promise<void> {
  const database = openDatabase(address, {
    max: 1,
    connection: { application_name: 'aicarpool migrate', statement_timeout: 0, idle_in_transaction_session_timeout: 0 },
  });
  try {
    await database.sql`SELECT pg_advisory_lock(${migrationLock})`;
    await applyMigrations(drizzle(database.sql), { migrationsFolder });
  } finally {
    await database.close();
  }
}
