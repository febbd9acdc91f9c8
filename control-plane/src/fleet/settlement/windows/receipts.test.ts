import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openKeyring } from '../../../kernel/secrets/seal.ts';
import { Receipts } from './receipts.ts';

const receipts = new Receipts(openKeyring(randomBytes(32)));
const account = { quotaId: 'quo_1', subject: 'usr_1', startsAtMs: Date.parse('2026-11-21T00:00:00Z'), endsAtMs: null };
const granted = { win: 7, book: 'book', granted: 1000, epoch: 'one' };

it('gives back the account that a receipt was written for', () => {
  expect(receipts.read(receipts.write(account, granted), granted)).toEqual(account);
});

it('proves nothing about another window, book, sum or epoch', () => {
  const receipt = receipts.write(account, granted);
  for (const other of [{ win: 8 }, { book: 'other' }, { granted: 1001 }, { epoch: 'two' }])
    expect(receipts.read(receipt, { ...granted, ...other })).toBeUndefined();
});

it('proves nothing under another master key, or when a part was changed', () => {
  const receipt = receipts.write(account, granted);
  expect(new Receipts(openKeyring(randomBytes(32))).read(receipt, granted)).toBeUndefined();
  expect(receipts.read(receipt.replace('quo_1', 'quo_2'), granted)).toBeUndefined();
  expect(receipts.read('', granted)).toBeUndefined();
  expect(receipts.read('a|b|c|d|e', granted)).toBeUndefined();
});

it('fits the message that brings it', () => {
  const long = { ...account, quotaId: `quo_${'x'.repeat(26)}`, subject: `key_${'x'.repeat(26)}`, endsAtMs: Date.now() };
  expect(receipts.write(long, { ...granted, granted: Number.MAX_SAFE_INTEGER }).length).toBeLessThanOrEqual(200);
});
