import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { openKeyring } from '../../kernel/secrets/seal.ts';
import { isOurChallenge, newChallenge } from './challenge.ts';

const keyring = openKeyring(randomBytes(32));
let nowMs = 1_000_000;
const ctx = { keyring, clock: { now: () => new Date(nowMs) } };

it('knows its own challenges for five minutes, on every replica, and no others', () => {
  const challenge = newChallenge(ctx);
  expect(isOurChallenge({ ...ctx, keyring: keyring }, challenge)).toBe(true);
  expect(isOurChallenge({ ...ctx, keyring: openKeyring(randomBytes(32)) }, challenge)).toBe(false);
  const [until = '', random = '', mac = ''] = challenge.split('.');
  const other = newChallenge(ctx).split('.')[2] ?? '';
  for (const bad of [
    '',
    '..',
    challenge.slice(1),
    `${Number(until) + 1}.${random}.${mac}`,
    `${until}.${random}.${other}`,
    `${until}.${random}`,
  ])
    expect([bad, isOurChallenge(ctx, bad)]).toEqual([bad, false]);
  nowMs += 299_000;
  expect(isOurChallenge(ctx, challenge)).toBe(true);
  nowMs += 2_000;
  expect(isOurChallenge(ctx, challenge)).toBe(false);
});
