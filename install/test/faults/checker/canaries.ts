import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canaries } from '../stack/canaries.ts';
import { admin } from '../stack/centre.ts';
import type { Stack } from '../stack/stack.ts';

/** U5: no secret in anything that was written: what programs said, what lies on disk, what callers were told, what Postgres holds. */
export async function findCanaries(stack: Stack): Promise<string[]> {
  const secrets = { 'credential of an account': canaries.account, 'text of a prompt': canaries.body };
  const keys = { ...secrets, 'API key': stack.key.secret, 'password of the admin': admin.password };
  const files = filesBelow(stack.options.folder).filter(
    (path) => !path.includes('/postgres/') && !/\.ballast|\/filler$/.test(path),
  );
  const onDisk = files.flatMap((path) => findIn(readIfThere(path), keys, path));
  // What a caller wrote may come back to himself, in the words of a provider that refuses it.
  const { 'text of a prompt': _, ...foreign } = keys;
  const told = stack.clientLog.flatMap((line) => findIn(Buffer.from(line.body), foreign, `the answer to ${line.rid}`));
  return [...new Set([...onDisk, ...told, ...(await findInDatabase(stack, keys))])];
}

function findIn(text: Buffer, secrets: Readonly<Record<string, string>>, where: string): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    text.includes(secret) ? [`U5: the ${name} stands in ${where}`] : [],
  );
}

async function findInDatabase({ centre }: Stack, secrets: Readonly<Record<string, string>>): Promise<string[]> {
  const tables = await centre.sql<{ name: string }[]>`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`;
  const found: string[] = [];
  for (const { name } of tables) {
    for (const row of await centre.sql.unsafe<{ text: string }[]>(`SELECT t::text AS text FROM ${name} t`)) {
      found.push(...findIn(Buffer.from(row.text), secrets, `table ${name}`));
    }
  }
  return found;
}

/** Files come and go while a node runs. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
