import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An operating-system user that programs are started as. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: the user to step down to, or null when we are not root and simply stay who we are. */
export async function findRunUser(ownUid = process.getuid?.()): Promise<RunUser | null> {
  if (ownUid !== 0) return null;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid && gid && uid !== '0') return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user postgres or nobody to run it as: add one, or set DATABASE_URL',
  );
}

/** May the user walk through every folder down to and into `folder`? */
export async function canReach(folder: string, user: RunUser | null): Promise<boolean> {
  if (user === null) return true;
  for (let current = await realpath(folder); ; current = dirname(current)) {
    const { mode, uid, gid } = await stat(current);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === dirname(current)) return true;
  }
}
