import { expect, test } from 'vitest';
import { CenterIdentity } from '../../../test/center-identity.ts';
import { CenterKeys, pinnedKey } from './center-keys.ts';
import { keyIdOf, newPair } from './ed25519.ts';

test('takes a key only when one that it trusts endorsed this very key', () => {
  const center = new CenterIdentity();
  const [current, next] = center.published();
  if (!current || !next) throw new Error('two keys were wanted');
  const own = newPair('ed25519').publicKey;
  const keys = new CenterKeys([current.key], () => undefined);
  for (const forged of [
    { ...next, key: own },
    { ...next, endorsement: 'A'.repeat(86) },
    { ...next, by: keyIdOf(own) },
    { ...next, by: null },
    { ...next, endorsement: null },
  ]) {
    keys.learn([current, forged], true);
    expect(keys.keys()).toEqual([current.key]);
  }
  keys.learn([current, next], true);
  expect(keys.keys()).toEqual([current.key, next.key]);
});

test('forgets a key only when the control plane itself no longer names it, and never all of them', () => {
  const center = new CenterIdentity();
  const saved: (readonly string[])[] = [];
  const keys = new CenterKeys([center.current.publicKey], (now, isNew) => isNew && saved.push(now));
  const before = center.published();
  keys.learn(before, true);
  center.rotate();
  const after = center.published();
  keys.learn(after, false);
  expect(keys.keys()).toHaveLength(3);
  keys.learn(after, true);
  expect(keys.keys()).toEqual(after.slice(1).map(({ key }) => key));
  keys.learn(new CenterIdentity().published(), true);
  keys.learn([], true);
  expect(keys.keys()).toEqual(after.slice(1).map(({ key }) => key));
  expect(saved).toHaveLength(3);
});

test('finds the key that a token pins by its hash alone', () => {
  const published = new CenterIdentity().published();
  const [current] = published;
  expect(pinnedKey(published, keyIdOf(current?.key ?? ''))).toBe(current?.key);
  expect(pinnedKey(published, 'ab'.repeat(32))).toBeUndefined();
});
