import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const scope = '@aicarpool';

/** Every file that git tracks or would track, as it is on disk; installed packages by link, our own ones to the copy. */
export function copyCheckout(root: string, copy: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const path of listed.split('\0')) {
    const from = join(root, path);
    if (path === '' || !existsSync(from) || !statSync(from).isFile()) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    copyFileSync(from, join(copy, path));
  }
  const packages = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
  );
  for (const name of ['', ...packages.map((entry) => entry.name)]) linkPackages(join(root, name), join(copy, name), copy);
}

function linkPackages(from: string, to: string, copy: string): void {
  if (!existsSync(join(from, 'package.json')) || !existsSync(join(from, 'node_modules'))) return;
  mkdirSync(join(to, 'node_modules'), { recursive: true });
  for (const name of readdirSync(join(from, 'node_modules'))) {
    if (name !== scope) symlinkSync(join(from, 'node_modules', name), join(to, 'node_modules', name));
  }
  const ours = join(from, 'node_modules', scope);
  if (!existsSync(ours)) return;
  mkdirSync(join(to, 'node_modules', scope));
  for (const name of readdirSync(ours)) symlinkSync(join(copy, name), join(to, 'node_modules', scope, name));
}
