import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

const installWithinMs = 120_000;

export type Installed = { readonly ok: true; readonly program: string } | { readonly ok: false; readonly why: string };

/** The program of a Debian package; installed with apt-get where it is missing and this may be done. */
export async function installPackage(name: string): Promise<Installed> {
  const found = findProgram(name);
  if (found) return { ok: true, program: found };
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get'))
    return { ok: false, why: `${name} is missing, and there is no apt-get` };
  if (process.getuid?.() !== 0)
    return { ok: false, why: `${name} is missing; installing it needs root: apt-get install ${name}` };
  const failure =
    (await aptGet('install', '-y', '--no-install-recommends', name)) && (await aptGet('update')) === undefined
      ? await aptGet('install', '-y', '--no-install-recommends', name)
      : undefined;
  const program = findProgram(name);
  return program ? { ok: true, program } : { ok: false, why: `${name} could not be installed: ${failure ?? 'apt-get failed'}` };
}

function findProgram(name: string): string | undefined {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/bin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));
}

/** Undefined when it went well, else its last line. */
function aptGet(...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFile('/usr/bin/apt-get', args, { env, timeout: installWithinMs }, (error, _stdout, stderr) => {
      resolve(error ? (stderr.trim().split('\n').at(-1) ?? error.message) : undefined);
    });
  });
}
