import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Builds the console's pages when there are none yet, or when their sources are newer. Takes about a second. */
export async function buildDashboard(root: string): Promise<void> {
  const home = join(root, 'dashboard');
  const built = join(home, 'dist/index.html');
  if (existsSync(built) && statSync(built).mtimeMs > newest(home)) return;
  await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], {
    cwd: home,
    timeout: 120_000,
  });
}

function newest(home: string): number {
  const sources = readdirSync(join(home, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => join(home, 'src', file));
  return Math.max(...[...sources, join(home, 'index.html'), join(home, 'vite.config.ts')].map((file) => statSync(file).mtimeMs));
}
