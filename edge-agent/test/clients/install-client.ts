import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';

/** A package as it is installed for a run: its own folder, its own tree. */
export interface ClientPackage {
  readonly name: string;
  readonly version: string;
  /** Below `node_modules`; what must be there afterwards. Undefined: there is no build for this platform. */
  readonly program: string | undefined;
}

export type Installed = { readonly ok: true; readonly program: string } | { readonly ok: false; readonly why: string };

const installTimeoutMs = 240_000;

/** Outside the checkout, so that nothing of it is ever packed or checked; kept, because the clients weigh a gigabyte. */
const cacheDir = join(tmpdir(), `aicarpool-clients-${process.getuid?.() ?? 'any'}`);

/** Installs a client with npm, without running any of its scripts. Says why where that does not work. */
export async function installClient({ name, version, program }: ClientPackage): Promise<Installed> {
  if (program === undefined) return { ok: false, why: `${name} has no build for ${process.platform}-${process.arch}` };
  const home = join(cacheDir, `${name.replaceAll('/', '+')}@${version}`);
  const installed = join(home, 'node_modules', program);
  if (existsSync(installed)) return { ok: true, program: installed };
  const unfinished = `${home}.${process.pid}`;
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await writeFile(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }));
  try {
    const why = await npmInstall(unfinished);
    if (why) return { ok: false, why: `npm could not install ${name}@${version}: ${why}` };
    await rm(home, { recursive: true, force: true });
    await rename(unfinished, home);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return existsSync(installed)
    ? { ok: true, program: installed }
    : { ok: false, why: `${name}@${version} brought no ${program}` };
}

async function npmInstall(cwd: string): Promise<string | undefined> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
  const env = { ...settingsOfNpm(), PATH: path, HOME: homedir() };
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--fetch-retries=1',
    '--loglevel=error',
  ];
  const ran = await runProgram({ command: 'npm', args, cwd, env, timeoutMs: installTimeoutMs }).catch((error: Error) => error);
  if (ran instanceof Error) return ran.message;
  if (ran.code === null) return `not done after ${installTimeoutMs / 1000} s`;
  return ran.code === 0 ? undefined : (ran.stderr.trim().split('\n')[0] ?? `exit code ${ran.code}`);
}

/** Proxies and registries that this machine's npm is told of. */
function settingsOfNpm(): Record<string, string> {
  const names = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|https?_proxy$|no_proxy$|node_extra_ca)/i.test(name),
  );
  return Object.fromEntries(names.map(([name, value]) => [name, value ?? '']));
}
