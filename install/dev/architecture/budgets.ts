import { isCode, isSource, isTest, type Rule, type Tree, type Violation } from './tree.ts';

const limits = { source: 400, test: 800, function: 50, folderEntries: 15, depth: 3, median: 60, p95: 250 };

const linesOf = (text: string) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** No file so long that nobody reads it: stop at 400 lines, tests at 800; half of all source files fit one screen. */
export const fileSizes: Rule = (tree) => {
  const found: Violation[] = [];
  const sizes: number[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path)) continue;
    const lines = linesOf(text);
    const limit = isTest(path) ? limits.test : limits.source;
    if (lines > limit) found.push({ rule: 'file-sizes', path, message: `${lines} lines, at most ${limit}` });
    if (isSource(path)) sizes.push(lines);
  }
  sizes.sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
  const p95 = sizes[Math.floor(sizes.length * 0.95)] ?? 0;
  if (median > limits.median)
    found.push({ rule: 'file-sizes', path: '.', message: `median ${median} lines, at most ${limits.median}` });
  if (p95 > limits.p95)
    found.push({ rule: 'file-sizes', path: '.', message: `95th percentile ${p95} lines, at most ${limits.p95}` });
  return found;
};

const functionStart =
  /^(\s*)(?:export\s+)?(?:(?:async\s+)?function\b|(?:const|let)\s+\w+[^=]*=\s*(?:async\s*)?\([^)]*\)[^=]*=>\s*\{$)/;

/** Functions fit one screen. Code is formatted, so the end is the brace at the indentation of the start. */
export const functionSizes: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [path, text] of tree) {
    if (!isSource(path)) continue;
    const lines = text.split('\n');
    lines.forEach((line, start) => {
      const indent = functionStart.exec(line)?.[1];
      if (indent === undefined) return;
      const end = lines.findIndex((other, at) => at > start && new RegExp(`^${indent}\\}`).test(other));
      const length = end - start + 1;
      if (end > 0 && length > limits.function) {
        found.push({
          rule: 'function-sizes',
          path: `${path}:${start + 1}`,
          message: `${length} lines, at most ${limits.function}`,
        });
      }
    });
  }
  return found;
};

/** A folder is read at a glance: at most 15 entries (tests not counted), at most 3 deep below src. */
export const folders: Rule = (tree) => {
  const found: Violation[] = [];
  for (const [folder, entries] of entriesByFolder(tree)) {
    if (entries.size > limits.folderEntries) {
      found.push({ rule: 'folders', path: folder, message: `${entries.size} entries, at most ${limits.folderEntries}` });
    }
    const depth = folder.split('/').length - 2;
    if (depth > limits.depth)
      found.push({ rule: 'folders', path: folder, message: `${depth} folders below src, at most ${limits.depth}` });
  }
  return found;
};

function entriesByFolder(tree: Tree): Map<string, Set<string>> {
  const entries = new Map<string, Set<string>>();
  for (const path of tree.keys()) {
    if (!isSource(path)) continue;
    const parts = path.split('/');
    for (let at = 2; at < parts.length; at += 1) {
      const folder = parts.slice(0, at).join('/');
      const entry = parts[at] ?? '';
      entries.set(folder, (entries.get(folder) ?? new Set()).add(entry));
    }
  }
  return entries;
}

const vague = /(^|\/)(utils?|helpers?|common|misc|manager|base|types)(\.[a-z.]+)?$/i;
const kebab = /^[a-z0-9.-]+$/;

/** A file is named for its one idea, in kebab case. */
export const fileNames: Rule = (tree) => {
  const found: Violation[] = [];
  for (const path of tree.keys()) {
    if (!isCode(path)) continue;
    const name = path.split('/').at(-1) ?? '';
    const stem = name.replace(/\.tsx?$/, '');
    if (vague.test(`/${stem}`)) found.push({ rule: 'file-names', path, message: 'says nothing about what is in it' });
    if (!kebab.test(name)) found.push({ rule: 'file-names', path, message: 'is not kebab-case' });
  }
  return found;
};
