import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revisionOf, SetDigest } from './set-digest.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const revisions = fc.array(
  fc.integer({ min: 0, max: 40 }).map((n) => revisionOf(sha256, 'key', `key_${n}`, { n })),
  { maxLength: 60 },
);

function digestOf(list: readonly string[]): string {
  const digest = new SetDigest();
  for (const revision of list) digest.add(revision);
  return digest.toHex();
}

describe('the digest of a set', () => {
  it('does not depend on the order in which things came', () => {
    fc.assert(
      fc.property(revisions, (list) => {
        expect(digestOf([...list].reverse())).toBe(digestOf(list));
      }),
    );
  });

  it('is undone by taking away what was added, and goes on from its text', () => {
    fc.assert(
      fc.property(revisions, revisions, (kept, passing) => {
        const digest = new SetDigest(digestOf(kept));
        for (const revision of passing) digest.add(revision);
        for (const revision of passing) digest.remove(revision);
        expect(digest.toHex()).toBe(digestOf(kept));
      }),
    );
  });

  it('differs when one member is missing, doubled or changed', () => {
    const list = [1, 2, 3].map((n) => revisionOf(sha256, 'key', `key_${n}`, { n }));
    const [first = '', ...others] = list;
    const variants = [others, [first, ...list], [revisionOf(sha256, 'key', 'key_1', { n: 9 }), ...others]];
    for (const variant of variants) expect(digestOf(variant)).not.toBe(digestOf(list));
  });

  it('is all zeros for the empty set', () => {
    expect(digestOf([])).toBe('0'.repeat(32));
  });
});

describe('a revision', () => {
  it('follows from kind, id and body, whatever the order of its members', () => {
    expect(revisionOf(sha256, 'key', 'k', { a: 1, b: 2 })).toBe(revisionOf(sha256, 'key', 'k', { b: 2, a: 1 }));
    const variants = [
      ['key', 'k', {}],
      ['group', 'k', {}],
      ['key', 'j', {}],
      ['key', 'k', { a: null }],
      ['keyk', '', {}],
    ] as const;
    expect(new Set(variants.map(([kind, id, body]) => revisionOf(sha256, kind, id, body))).size).toBe(variants.length);
    expect(revisionOf(sha256, 'key', 'k', {})).toMatch(/^[0-9a-f]{32}$/);
  });
});
