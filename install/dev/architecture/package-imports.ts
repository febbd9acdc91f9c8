import { type Import, importsOf, isCode, isTest, type Rule, type Tree, type Violation } from './tree.ts';

/** What each package may import of the others. `install` and tests may import all. */
const mayImport: Record<string, readonly string[]> = {
  'shared-protocol': [],
  'control-plane': ['shared-protocol'],
  'edge-agent': ['shared-protocol'],
  dashboard: ['shared-protocol'],
};

/** No program imports another program; `shared-protocol` needs zod and the contract builder, and no `node:` module. */
export const packageImports: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of codeOutsideTests(tree)) {
    const home = path.split('/')[0] ?? '';
    for (const { to } of importsOf(path, text)) {
      const other = /^@aicarpool\/([a-z-]+)/.exec(to)?.[1] ?? (to in mayImport ? to : packageOfPath(to));
      if (other && other !== home && !mayImport[home]?.includes(other)) {
        found.push({ rule: 'package-imports', path, message: `${home} may not import ${other} (${to})` });
      }
      if (home === 'shared-protocol' && !path.startsWith('shared-protocol/test/') && !allowedInProtocol(to)) {
        found.push({ rule: 'package-imports', path, message: `shared-protocol may import zod only, not ${to}` });
      }
    }
  }
  return found;
};

function packageOfPath(to: string): string | undefined {
  const first = to.split('/')[0] ?? '';
  return first in mayImport ? first : undefined;
}

function allowedInProtocol(to: string): boolean {
  return to.startsWith('shared-protocol/') || to === 'zod' || to === '@orpc/contract';
}

function* codeOutsideTests(tree: Tree): Generator<[string, string]> {
  for (const [path, text] of tree) {
    const home = path.split('/')[0] ?? '';
    if (isCode(path) && home in mayImport && !isTest(path)) yield [path, text];
  }
}

const ranks: Record<string, number> = {
  kernel: 0,
  identity: 1,
  notify: 2,
  cloud: 3,
  carpool: 3,
  commerce: 3,
  fleet: 4,
  relay: 4,
  insight: 5,
};

/** Inside the control plane a module imports lower ranks only, through their doors; tables may name lower tables. */
export const domainRanks: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    const home = domainOf(path);
    if (home === undefined || isTest(path)) continue;
    for (const link of importsOf(path, text)) {
      const message = rankFault(home, link);
      if (message) found.push({ rule: 'domain-ranks', path, message });
    }
  }
  return found;
};

function rankFault(home: string, { from, to }: Import): string | undefined {
  if (/^control-plane\/src\/(app|main|config)\.ts$/.test(to) && home !== 'kernel') return `${home} may not import ${to}`;
  const other = domainOf(to);
  if (other === undefined || other === home) return undefined;
  if ((ranks[other] ?? 0) >= (ranks[home] ?? 0))
    return `${home} (rank ${ranks[home]}) may not import ${other} (rank ${ranks[other]})`;
  const isDoor = other === 'kernel' || to === `control-plane/src/${other}/index.ts`;
  const isForeignKey = from.endsWith('/tables.ts') && to === `control-plane/src/${other}/tables.ts`;
  return isDoor || isForeignKey ? undefined : `${home} must go through control-plane/src/${other}/index.ts, not ${to}`;
}

function domainOf(path: string): string | undefined {
  const name = /^control-plane\/src\/([a-z-]+)\//.exec(path)?.[1];
  return name !== undefined && name in ranks ? name : undefined;
}
