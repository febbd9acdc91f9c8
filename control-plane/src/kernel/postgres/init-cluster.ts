import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPlace } from './place-cluster.ts';
import { runProgram } from './run-program.ts';

const passwordFile = 'aicarpool.password';
export const superuser = 'carpool';
const major = '18';

/** Makes the database files unless they are there, and gives the password of their owner. */
export async function initCluster(place: ClusterPlace, bin: string, options: { readonly durable: boolean }): Promise<string> {
  const data = join(place.root, 'data');
  const found = await readPassword(data);
  if (found !== undefined) return found;
  const draft = join(place.root, `data.${process.pid}`);
  const secret = join(place.root, `initdb.${process.pid}`);
  const password = randomBytes(24).toString('base64url');
  await rm(draft, { recursive: true, force: true });
  await writeFile(secret, password, { mode: 0o600 });
  if (place.user) await chown(secret, place.user.uid, place.user.gid);
  try {
    await runProgram(join(bin, 'initdb'), initArguments(draft, secret, options.durable), place.user);
    await writeFile(join(draft, passwordFile), password, { mode: 0o600 });
    await rename(draft, data);
    return password;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const winner = await readPassword(data);
    if (winner !== undefined) return winner;
    throw error;
  } finally {
    await rm(secret, { force: true });
  }
}

// With the built-in C.UTF-8 locale the order of text never depends on the machine's ICU or C library.
function initArguments(data: string, passwordPath: string, durable: boolean): string[] {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--auth=scram-sha-256', `--username=${superuser}`, `--pwfile=${passwordPath}`];
  return [`--pgdata=${data}`, ...access, ...locale, ...(durable ? [] : ['--no-sync'])];
}

async function readPassword(data: string): Promise<string | undefined> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) return undefined;
  if (version.trim() !== major) {
    throw new Error(
      `${data} was written by PostgreSQL ${version.trim()}, and this program brings ${major}: see "Upgrades" in control-plane/README.md`,
    );
  }
  return await readFile(join(data, passwordFile), 'utf8');
}
