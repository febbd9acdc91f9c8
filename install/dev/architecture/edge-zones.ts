import { importsOf, isTest, type Rule, type Violation } from './tree.ts';

/** What a folder of the edge agent may import: sibling folders (or single files) and outside modules it must not touch. */
interface Zone {
  readonly folders: readonly string[] | 'any';
  readonly forbidden?: RegExp;
}

const pure: Zone = { folders: ['dialects', 'translate'], forbidden: /^(node:fs|undici|better-sqlite3)/ };

const zones: Record<string, Zone> = {
  dialects: pure,
  translate: pure,
  proxy: {
    folders: [
      'proxy',
      'dialects',
      'translate',
      'upstreams',
      'routing',
      'health',
      'limits',
      'snapshot/current',
      'snapshot/snapshot',
      'ledger/ledger',
      'observe',
    ],
    forbidden: /^node:fs/,
  },
  routing: { folders: ['routing', 'dialects', 'translate', 'snapshot/snapshot'], forbidden: /^(node:fs|undici|better-sqlite3)/ },
  health: { folders: ['health', 'dialects', 'snapshot/snapshot'], forbidden: /^(node:fs|undici|better-sqlite3)/ },
  limits: {
    folders: ['limits', 'dialects', 'snapshot/snapshot', 'snapshot/contact', 'ledger/ledger', 'ledger/settling'],
    forbidden: /^(node:fs|undici|better-sqlite3)/,
  },
  upstreams: { folders: ['upstreams', 'dialects', 'snapshot/snapshot'] },
  snapshot: { folders: ['snapshot', 'observe'] },
  ledger: { folders: ['ledger', 'dialects/dialect', 'observe'] },
  uplink: { folders: ['uplink', 'snapshot', 'ledger', 'limits', 'observe', 'config'] },
  observe: { folders: ['observe'] },
};

/** The hot path never meets the uplink; dialects stay pure; only main and the commands see everything. */
export const edgeZones: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    const home = /^edge-agent\/src\/([a-z-]+)\//.exec(path)?.[1];
    const zone = home === undefined ? undefined : zones[home];
    if (!zone || isTest(path)) continue;
    for (const { to } of importsOf(path, text)) {
      if (zone.forbidden?.test(to)) found.push({ rule: 'edge-zones', path, message: `${home} may not import ${to}` });
      const inside = /^edge-agent\/src\/(.+)\.ts$/.exec(to)?.[1];
      if (inside === undefined || zone.folders === 'any') continue;
      const allowed = zone.folders.some((name) => inside === name || inside.startsWith(`${name}/`));
      if (!allowed) found.push({ rule: 'edge-zones', path, message: `${home} may not import ${to}` });
    }
  }
  return found;
};
