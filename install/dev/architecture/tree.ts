import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Every text file of the checkout that git tracks or would track: path from the root → text. */
export type Tree = ReadonlyMap<string, string>;

export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

export type Rule = (tree: Tree) => Violation[];

const textFile = /\.(ts|tsx|md|json|sql|css|html|example)$|(^|\/)\.ci\/run$/;

export function readTree(root: string): Tree {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const tree = new Map<string, string>();
  for (const path of listed.split('\0')) {
    const file = join(root, path);
    if (textFile.test(path) && existsSync(file) && statSync(file).isFile()) tree.set(path, readFileSync(file, 'utf8'));
  }
  return tree;
}

const packages = ['shared-protocol', 'control-plane', 'edge-agent', 'dashboard', 'install'];

export function isCode(path: string): boolean {
  return /\.tsx?$/.test(path) && packages.some((name) => path.startsWith(`${name}/`)) && !path.includes('/generated/');
}

export function isTest(path: string): boolean {
  return /\.(test|bench)\.tsx?$/.test(path) || /^[a-z-]+\/(test|bench)\//.test(path) || path.includes('/__fixtures__/');
}

/** Code that ships: in a `src` folder, tests left out. */
export function isSource(path: string): boolean {
  return isCode(path) && /^[a-z-]+\/src\//.test(path) && !isTest(path);
}

export interface Import {
  readonly from: string;
  /** Path from the root for a relative import, else the bare specifier. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const importForm =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|new URL\(\s*'(\.[^']+\.ts)'\s*,\s*import\.meta\.url/gm;

export function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(importForm)) {
    const specifier = match[2] ?? match[3] ?? match[4];
    if (specifier === undefined) continue;
    const to = specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : specifier;
    found.push({ from: path, to, typeOnly: match[1] !== undefined });
  }
  return found;
}
