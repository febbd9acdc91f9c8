import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import en from './en.json' with { type: 'json' };
import zh from './zh.json' with { type: 'json' };

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
}

// Chinese has one plural form, English two.
const singular = (key: string) => key.endsWith('_one');
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe('the two languages', () => {
  const english = new Map(flat(en).filter(([key]) => !singular(key)));
  const chinese = new Map(flat(zh));

  it('say the same things', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('fill in the same values', () => {
    for (const [key, text] of english) expect(placeholders(chinese.get(key) ?? ''), key).toEqual(placeholders(text));
  });
});

describe('the code', () => {
  it('says only what is written down', () => {
    const known = new Set(flat(en).map(([key]) => key.replace(/_(one|other)$/, '')));
    const source = fileURLToPath(new URL('..', import.meta.url));
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!/(?<!\.test)\.tsx?$/.test(file)) continue;
      for (const [, key = ''] of readFileSync(`${source}/${file}`, 'utf8').matchAll(/\bt\(\s*'([^']+)'/g))
        expect(known.has(key), `${key} in ${file}`).toBe(true);
    }
  });

  it('holds no Chinese text of its own', () => {
    const source = fileURLToPath(new URL('..', import.meta.url));
    for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (/\.tsx$/.test(file)) expect(readFileSync(`${source}/${file}`, 'utf8'), file).not.toMatch(/\p{Script=Han}/u);
    }
  });
});
