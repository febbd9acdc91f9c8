import { describe, expect, it } from 'vitest';
import { fileNames, fileSizes, folders, functionSizes } from './budgets.ts';
import { citedPaths, documentedEnvironment } from './documents.ts';
import { edgeZones } from './edge-zones.ts';
import { domainRanks, packageImports } from './package-imports.ts';
import { importsOf, type Rule } from './tree.ts';
import { auditedWrites, environmentAtTheDoor, testedVerbs, thinRoutes } from './verbs.ts';

/** One tree that keeps each rule and one that breaks it. */
interface Case {
  readonly rule: Rule;
  readonly says: string;
  readonly good: Record<string, string>;
  readonly bad: Record<string, string>;
}

const cp = (path: string) => `control-plane/src/${path}`;
const edge = (path: string) => `edge-agent/src/${path}`;
const lines = (count: number) => 'x;\n'.repeat(count);

const cases: Case[] = [
  {
    rule: packageImports,
    says: 'a program does not import another program',
    good: { [cp('app.ts')]: "import { ok } from '@aicarpool/shared-protocol';" },
    bad: { [cp('app.ts')]: "import { run } from '@aicarpool/edge-agent/main';" },
  },
  {
    rule: packageImports,
    says: 'a program does not reach into another package by path',
    good: { [edge('main.ts')]: "import { run } from './run.ts';" },
    bad: { [edge('main.ts')]: "import { seal } from '../../control-plane/src/kernel/seal.ts';" },
  },
  {
    rule: packageImports,
    says: 'the protocol needs no node module',
    good: { 'shared-protocol/src/ids.ts': "import { z } from 'zod';" },
    bad: { 'shared-protocol/src/ids.ts': "import { randomBytes } from 'node:crypto';" },
  },
  {
    rule: domainRanks,
    says: 'a domain does not import a higher rank',
    good: { [cp('fleet/x.ts')]: "import { facts } from '../carpool/index.ts';" },
    bad: { [cp('carpool/x.ts')]: "import { poke } from '../fleet/index.ts';" },
  },
  {
    rule: domainRanks,
    says: 'a domain is entered through its door',
    good: { [cp('fleet/tables.ts')]: "import { users } from '../identity/tables.ts';" },
    bad: { [cp('fleet/x.ts')]: "import { readGroup } from '../carpool/groups/read-group.ts';" },
  },
  {
    rule: edgeZones,
    says: 'the hot path never meets the uplink',
    good: { [edge('proxy/pipeline.ts')]: "import { openRow } from '../ledger/ledger.ts';" },
    bad: { [edge('proxy/pipeline.ts')]: "import { sync } from '../uplink/sync.ts';" },
  },
  {
    rule: edgeZones,
    says: 'the hot path opens no file and dialects stay pure',
    good: { [edge('dialects/a.ts')]: "import { read } from './sse/read-events.ts';" },
    bad: { [edge('dialects/a.ts')]: "import { readFileSync } from 'node:fs';" },
  },
  {
    rule: thinRoutes,
    says: 'a route sees no table',
    good: { [cp('carpool/routes.ts')]: "import { issueKey } from './keys/issue-key.ts';" },
    bad: { [cp('carpool/routes.ts')]: "import { carpoolKeys } from './tables.ts';" },
  },
  {
    rule: auditedWrites,
    says: 'a write asks and is audited',
    good: { [cp('carpool/a.ts')]: "allow(ctx, 'x'); inTransaction(ctx, (tx) => audit(tx, ctx));" },
    bad: { [cp('carpool/a.ts')]: 'inTransaction(ctx, (tx) => tx.insert(rows));' },
  },
  {
    rule: testedVerbs,
    says: 'a write has a test beside it',
    good: { [cp('carpool/a.ts')]: 'inTransaction(ctx, f);', [cp('carpool/a.pg.test.ts')]: '' },
    bad: { [cp('carpool/a.ts')]: 'inTransaction(ctx, f);' },
  },
  {
    rule: environmentAtTheDoor,
    says: 'only config.ts reads the environment',
    good: { [cp('config.ts')]: 'export const port = process.env.CARPOOL_PORT;' },
    bad: { [cp('kernel/db.ts')]: 'const url = process.env.DATABASE_URL;' },
  },
  { rule: fileSizes, says: 'a file stops at 400 lines', good: { [cp('a.ts')]: lines(50) }, bad: { [cp('a.ts')]: lines(401) } },
  { rule: fileSizes, says: 'the median file fits a screen', good: { [cp('a.ts')]: lines(60) }, bad: { [cp('a.ts')]: lines(61) } },
  {
    rule: functionSizes,
    says: 'a function stops at 50 lines',
    good: { [cp('a.ts')]: `function a() {\n${lines(48)}}\n` },
    bad: { [cp('a.ts')]: `export async function a() {\n${lines(49)}}\n` },
  },
  {
    rule: folders,
    says: 'a folder holds at most 15 entries',
    good: Object.fromEntries(Array.from({ length: 15 }, (_, at) => [cp(`x/a${at}.ts`), ''])),
    bad: Object.fromEntries(Array.from({ length: 16 }, (_, at) => [cp(`x/a${at}.ts`), ''])),
  },
  { rule: folders, says: 'folders end three deep', good: { [cp('a/b/c/d.ts')]: '' }, bad: { [cp('a/b/c/d/e.ts')]: '' } },
  { rule: fileNames, says: 'no file is called utils', good: { [cp('a/seal.ts')]: '' }, bad: { [cp('a/utils.ts')]: '' } },
  { rule: fileNames, says: 'names are kebab-case', good: { [cp('a/issue-key.ts')]: '' }, bad: { [cp('a/issueKey.ts')]: '' } },
  {
    rule: citedPaths,
    says: 'a README names only what exists',
    good: { 'README.md': 'see `edge-agent/src/main.ts`', [edge('main.ts')]: '' },
    bad: { 'README.md': 'see `edge-agent/src/gone.ts`', [edge('main.ts')]: '' },
  },
  {
    rule: documentedEnvironment,
    says: 'env.example names what config.ts reads',
    good: { [cp('config.ts')]: 'CARPOOL_PORT', 'control-plane/env.example': 'CARPOOL_PORT=8080' },
    bad: { [cp('config.ts')]: 'CARPOOL_PORT', 'control-plane/env.example': 'CARPOOL_HOST=x' },
  },
];

describe.each(cases)('$says', ({ rule, good, bad }) => {
  it('passes a tree that keeps the rule', () => {
    expect(rule(new Map(Object.entries(good)))).toEqual([]);
  });
  it('names the file that breaks it', () => {
    expect(rule(new Map(Object.entries(bad)))).not.toEqual([]);
  });
});

describe('importsOf', () => {
  it('sees static, dynamic, re-exporting and worker imports over several lines', () => {
    const text =
      "import {\n  a,\n} from './a.ts';\nexport * from './b.ts';\nawait import('./c.ts');\nnew URL('./d.ts', import.meta.url);\nimport 'e';";
    expect(importsOf('x/src/f.ts', text).map(({ to }) => to)).toEqual([
      'x/src/a.ts',
      'x/src/b.ts',
      'x/src/c.ts',
      'x/src/d.ts',
      'e',
    ]);
  });
});
