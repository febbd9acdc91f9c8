import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Turnstile, type Visitor } from './turnstile.ts';

const most = { groupMost: 4, userMost: 3, keyMost: 2 };
const anyVisitor: fc.Arbitrary<Visitor> = fc
  .record({ user: fc.integer({ min: 0, max: 3 }), key: fc.integer({ min: 0, max: 1 }), urgent: fc.boolean() })
  .map(({ user, key, urgent }) => ({ groupId: 'grp', userId: `u${user}`, keyId: `k${user}${key}`, urgent, ...most }));
const anyStep = fc.oneof(fc.record({ come: anyVisitor }), fc.record({ go: fc.nat() }), fc.record({ hangUp: fc.nat() }));

it('keeps every limit, loses nobody, and leaves no room unused while somebody who fits waits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
      const turnstile = new Turnstile({ waitingPerGroup: 20, waitMs: 60_000 });
      const inside: Visitor[] = [];
      const waiting = new Map<Visitor, () => void>();
      const come = (visitor: Visitor) => {
        if (turnstile.tryEnter(visitor)) return void inside.push(visitor);
        void turnstile
          .wait(visitor, (hangUp) => waiting.set(visitor, hangUp))
          .then((entry) => {
            waiting.delete(visitor);
            if (entry === 'in') inside.push(visitor);
          });
      };
      for (const step of steps) {
        if ('come' in step) come({ ...step.come });
        else if ('go' in step) {
          const [gone] = inside.splice(step.go % Math.max(1, inside.length), 1);
          if (gone) turnstile.leave(gone);
        } else [...waiting.values()][step.hangUp % Math.max(1, waiting.size)]?.();
        await Promise.resolve();
        await Promise.resolve();
        const countOf = (keep: (visitor: Visitor) => boolean) => inside.filter(keep).length;
        const fits = (one: Visitor) =>
          inside.length < 4 &&
          countOf((other) => other.userId === one.userId) < 3 &&
          countOf((other) => other.keyId === one.keyId) < 2;
        expect(inside.length).toBeLessThanOrEqual(4);
        for (const one of inside) {
          expect(countOf((other) => other.userId === one.userId)).toBeLessThanOrEqual(3);
          expect(countOf((other) => other.keyId === one.keyId)).toBeLessThanOrEqual(2);
        }
        expect([...waiting.keys()].filter(fits)).toEqual([]);
      }
      for (const hangUp of [...waiting.values()]) hangUp();
      for (const one of inside.splice(0)) turnstile.leave(one);
      const all = Array.from({ length: 5 }, (_, at) => ({
        groupId: 'grp',
        userId: `u${at}`,
        keyId: `k${at}0`,
        urgent: true,
        ...most,
      }));
      expect(all.filter((one) => turnstile.tryEnter(one))).toHaveLength(4);
    }),
    { numRuns: 400 },
  );
});
