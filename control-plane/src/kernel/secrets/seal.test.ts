import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openKeyring } from './seal.ts';

const keyring = openKeyring(randomBytes(32));

test('opens what it sealed, and seals the same secret differently each time', () => {
  const sealed = keyring.seal('sk-ant-secret', 'carpool_upstreams/ups_1');
  expect(keyring.open(sealed, 'carpool_upstreams/ups_1').toString()).toBe('sk-ant-secret');
  expect(sealed).not.toContain('secret');
  expect(keyring.seal('sk-ant-secret', 'carpool_upstreams/ups_1')).not.toBe(sealed);
});

test('does not open a secret that was moved to another owner', () => {
  expect(() => keyring.open(keyring.seal('x', 'ups_1'), 'ups_2')).toThrow();
});

test('does not open a text in which any character was changed', () => {
  const sealed = keyring.seal('secret', 'a');
  for (let place = 0; place < sealed.length; place += 1) {
    const other = sealed[place] === 'A' ? 'B' : 'A';
    const changed = `${sealed.slice(0, place)}${other}${sealed.slice(place + 1)}`;
    const isSameBytes = Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(
      Buffer.from(sealed.split('.')[2] ?? '', 'base64url'),
    );
    if (place > sealed.lastIndexOf('.') && isSameBytes) continue;
    expect(() => keyring.open(changed, 'a')).toThrow();
  }
});

test('says that another master key sealed it', () => {
  expect(() => openKeyring(randomBytes(32)).open(keyring.seal('x', 'a'), 'a')).toThrow(/another master key/);
});

test('takes a key of 32 bytes only, and derives the same bytes for the same purpose', () => {
  expect(() => openKeyring(randomBytes(31))).toThrow(RangeError);
  expect(keyring.derive('a')).toEqual(keyring.derive('a'));
  expect(keyring.derive('a')).not.toEqual(keyring.derive('b'));
});
