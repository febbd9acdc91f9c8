import { importsOf, isSource, isTest, type Rule, type Violation } from './tree.ts';

/** Routes are thin: they call verbs, and never see a table. */
export const thinRoutes: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    if (!/^control-plane\/src\/.*(routes|edge-api)(-[a-z-]+)?\.ts$/.test(path) || isTest(path)) continue;
    for (const { to } of importsOf(path, text)) {
      if (to.startsWith('drizzle-orm') || to.endsWith('/tables.ts')) {
        found.push({ rule: 'thin-routes', path, message: `a route may not import ${to}; put the query into a verb` });
      }
    }
  }
  return found;
};

/**
 * A file that opens a transaction asks `allow` first and writes an `audit` row in it. An exception carries its
 * reason: a comment `No allow: …` or `No audit: …`.
 */
export const auditedWrites: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of writers(tree)) {
    for (const verb of ['allow', 'audit']) {
      if (!new RegExp(`\\b${verb}\\(`).test(text) && !new RegExp(`No ${verb}: \\S`).test(text)) {
        found.push({
          rule: 'audited-writes',
          path,
          message: `opens a transaction but never calls ${verb}(…); or say why: "// No ${verb}: reason"`,
        });
      }
    }
  }
  return found;
};

/** Whoever opens a transaction has a test beside him. */
export const testedVerbs: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path] of writers(tree)) {
    const stem = path.replace(/\.ts$/, '');
    const tested = ['test', 'pg.test', 'e2e.test', 'fuzz.test'].some((suffix) => tree.has(`${stem}.${suffix}.ts`));
    if (!tested) found.push({ rule: 'tested-verbs', path, message: `has no test beside it (${stem}.pg.test.ts)` });
  }
  return found;
};

function* writers(tree: ReadonlyMap<string, string>): Generator<[string, string]> {
  for (const [path, text] of tree) {
    if (!path.startsWith('control-plane/src/') || !isSource(path) || path === 'control-plane/src/kernel/db.ts') continue;
    if (/\binTransaction\(/.test(text)) yield [path, text];
  }
}

/** The environment is read in one place of each program, so that everything else can be given a config. */
export const environmentAtTheDoor: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path) || path.endsWith('/config.ts') || !/\bprocess\.env\b/.test(text)) continue;
    found.push({ rule: 'environment-at-the-door', path, message: 'only config.ts and main.ts read process.env' });
  }
  return found.filter(({ path }) => !path.endsWith('/src/main.ts'));
};
