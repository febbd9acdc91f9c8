import { spawn } from 'node:child_process';
import type { RunUser } from './run-user.ts';

/** What a PostgreSQL program is started with: nothing of our own environment, so no secret and no PG* variable. */
export function programOptions(user: RunUser | null) {
  return {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  };
}

/** Runs a program to its end. Throws with the end of what it printed when it fails. */
export async function runProgram(path: string, args: readonly string[], user: RunUser | null): Promise<void> {
  const child = spawn(path, args, { ...programOptions(user), stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-2000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', (error) => reject(explainSpawnError(path, error)));
  child.once('close', (code, signal) => {
    if (code === 0) resolve();
    else reject(new Error(`${path} ended with ${signal ?? code}: ${output.trim()}`));
  });
  await promise;
}

/** A binary that is there but "not found" was built for another C library. */
export function explainSpawnError(path: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  return new Error(`${path} does not run here: it needs glibc (not musl, as in Alpine Linux). Set DATABASE_URL instead`, {
    cause: error,
  });
}
