import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { canReach, findRunUser, type RunUser } from './run-user.ts';

export interface ClusterPlace {
  /** Holds `data`, `run`, `server.log` and, where needed, a copy of the binaries. A real path. */
  readonly root: string;
  /** Who the server runs as; null: as ourselves. */
  readonly user: RunUser | null;
}

/**
 * The folder for the server: `<dataDir>/postgres`. When we are root and the user we step down to cannot reach it (a
 * checkout below /root), the folder is made below `farBase` and `<dataDir>/postgres` is a link to it.
 */
export async function placeCluster(dataDir: string, farBase = '/var/lib/aicarpool'): Promise<ClusterPlace> {
  const place = join(dataDir, 'postgres');
  if (await exists(place)) return await existingPlace(place);
  const user = await findRunUser();
  await makeReachable(dataDir, user);
  if (await canReach(dataDir, user)) {
    await makePrivate(place, user);
    return { root: await realpath(place), user };
  }
  const far = join(farBase, randomBytes(6).toString('hex'));
  await makeReachable(farBase, user);
  if (!(await canReach(farBase, user))) {
    throw new Error(
      `the database cannot run below ${dataDir}: only root may enter it. Set CARPOOL_DATA_DIR, for example to ${farBase}`,
    );
  }
  await makePrivate(far, user);
  await symlink(far, place);
  return { root: await realpath(far), user };
}

async function existingPlace(place: string): Promise<ClusterPlace> {
  const root = await realpath(place).catch(() => {
    throw new Error(`${place} points to a folder that is gone: restore it, or remove the link to begin with an empty database`);
  });
  const { uid, gid } = await stat(root);
  const own = process.getuid?.();
  if (own === 0) return { root, user: uid === 0 ? await findRunUser() : { uid, gid } };
  if (uid !== own)
    throw new Error(`${root} belongs to another user (uid ${uid}): start as that user or as root, or chown the folder`);
  return { root, user: null };
}

const ownFiles = /^(logs|central-node|first-run\.json|master\.key)/;

// A folder that holds nothing but our own files is opened for passing through; any other one keeps its mode.
async function makeReachable(folder: string, user: RunUser | null): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (user === null || (await readdir(folder)).some((name) => !ownFiles.test(name))) return;
  const { mode, uid } = await stat(folder);
  if (uid === process.getuid?.()) await chmod(folder, (mode & 0o777) | 0o011);
}

async function makePrivate(folder: string, user: RunUser | null): Promise<void> {
  await mkdir(folder, { mode: 0o700, recursive: true });
  if (user !== null) await chown(folder, user.uid, user.gid);
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
