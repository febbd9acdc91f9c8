import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutation } from './scenario.ts';

const packages = ['shared-protocol', 'control-plane', 'edge-agent', 'install'];
const ours = '@aicarpool';

/** A copy of the programs with one fault in it; the checkout stays as it is. */
export function copyWithFault(root: string, { file, find, replace, name }: Mutation): { root: string; remove(): void } {
  const copy = mkdtempSync(join(tmpdir(), 'aicarpool-mutant-'));
  const remove = () => rmSync(copy, { recursive: true, force: true });
  try {
    copyPrograms(root, copy);
    const text = readFileSync(join(copy, file), 'utf8');
    const places = text.split(find).length - 1;
    if (places !== 1) throw new Error(`${name}: the text to change stands ${places} times in ${file}`);
    writeFileSync(
      join(copy, file),
      text.replace(find, () => replace),
    );
    return { root: copy, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Sources are copied, packages of others are linked to where they are. */
export function copyPrograms(root: string, copy: string): void {
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(copy, name));
  for (const name of packages) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|data)(\/|$)/.test(path),
    });
    linkModules(join(root, name, 'node_modules'), join(copy, name, 'node_modules'));
  }
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const name of packages) {
    const link = join(copy, 'node_modules', ours, name);
    if (existsSync(join(root, 'node_modules', ours, name))) symlinkSync(join('../..', name), link);
  }
}

function linkModules(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(join(to, ours), { recursive: true });
  for (const name of readdirSync(from)) if (name !== ours) symlinkSync(realpathSync(join(from, name)), join(to, name));
}
