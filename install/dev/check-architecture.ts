import { fileURLToPath } from 'node:url';
import { fileNames, fileSizes, folders, functionSizes } from './architecture/budgets.ts';
import { citedPaths, documentedEnvironment } from './architecture/documents.ts';
import { edgeZones } from './architecture/edge-zones.ts';
import { domainRanks, packageImports } from './architecture/package-imports.ts';
import { type Rule, readTree } from './architecture/tree.ts';
import { auditedWrites, environmentAtTheDoor, testedVerbs, thinRoutes } from './architecture/verbs.ts';

/** The house rules that a program can read. Part of `npm run check`; each has a test that breaks it. */
const rules: readonly Rule[] = [
  packageImports,
  domainRanks,
  edgeZones,
  thinRoutes,
  auditedWrites,
  testedVerbs,
  environmentAtTheDoor,
  fileSizes,
  functionSizes,
  folders,
  fileNames,
  citedPaths,
  documentedEnvironment,
];

const tree = readTree(fileURLToPath(new URL('../..', import.meta.url)));
const violations = rules.flatMap((rule) => rule(tree));
for (const { rule, path, message } of violations) console.error(`${path}: ${message} [${rule}]`);
console.log(
  violations.length === 0
    ? `architecture: ${tree.size} files, every rule holds`
    : `architecture: ${violations.length} violations`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
