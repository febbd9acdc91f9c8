import { posix } from 'node:path';
import type { Rule, Tree, Violation } from './tree.ts';

const citedPath = /`((?:[\w@.-]+\/)+[\w.@-]*\w\/?)`/g;
const tops = ['shared-protocol', 'control-plane', 'edge-agent', 'dashboard', 'install', '.ci'];

/** Every path that a README names exists, seen from the root or from the README's folder. */
export const citedPaths: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    if (!/(^|\/)README[\w.-]*\.md$/.test(path)) continue;
    for (const [, cited] of text.matchAll(citedPath)) {
      if (cited === undefined || !looksLocal(cited, path, tree)) continue;
      if (!exists(tree, cited) && !exists(tree, posix.join(posix.dirname(path), cited))) {
        found.push({ rule: 'cited-paths', path, message: `names ${cited}, which does not exist` });
      }
    }
  }
  return found;
};

function looksLocal(cited: string, readme: string, tree: Tree): boolean {
  const first = cited.split('/')[0] ?? '';
  if (cited.startsWith('/') || cited.startsWith('@')) return false;
  return tops.includes(first) || exists(tree, posix.join(posix.dirname(readme), first)) || /^(src|test|bench)$/.test(first);
}

function exists(tree: Tree, path: string): boolean {
  const clean = path.replace(/^\.\//, '').replace(/\/$/, '');
  if (tree.has(clean)) return true;
  for (const file of tree.keys()) if (file.startsWith(`${clean}/`)) return true;
  return false;
}

const variable = /\b(?:CARPOOL_[A-Z_]*[A-Z]|DATABASE_URL|SMTP_URL)\b/g;

/** `env.example` of a program names exactly the variables that its `config.ts` knows. */
export const documentedEnvironment: Rule = (tree) => {
  const found: Violation[] = [];
  for (const program of ['control-plane', 'edge-agent']) {
    const example = `${program}/env.example`;
    const config = tree.get(`${program}/src/config.ts`);
    if (config === undefined) continue;
    const known = new Set(config.match(variable) ?? []);
    const shown = new Set((tree.get(example) ?? '').match(variable) ?? []);
    for (const name of known)
      if (!shown.has(name)) found.push({ rule: 'documented-environment', path: example, message: `lacks ${name}` });
    for (const name of shown)
      if (!known.has(name))
        found.push({ rule: 'documented-environment', path: example, message: `names ${name}, which config.ts does not read` });
  }
  return found;
};
