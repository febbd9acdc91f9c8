import { hkdfSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyIdOf, newIdentityPair, signText, verifyText } from './ed25519.ts';

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');

it('signs and verifies as RFC 8032 §7.1 shows', () => {
  const vectors = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      'r',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ] as const;
  for (const [secret, key, text, signature] of vectors) {
    const pair = { privateKey: base64url(secret), publicKey: base64url(key) };
    expect(signText(pair, text).toString('hex')).toBe(signature);
    expect(verifyText(pair.publicKey, text, Buffer.from(signature, 'hex'))).toBe(true);
    expect(verifyText(pair.publicKey, `${text}x`, Buffer.from(signature, 'hex'))).toBe(false);
  }
});

it('derives as RFC 5869 §A.1 shows', () => {
  const derived = hkdfSync(
    'sha256',
    Buffer.alloc(22, 0x0b),
    Buffer.from('000102030405060708090a0b0c', 'hex'),
    Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'),
    42,
  );
  expect(Buffer.from(derived).toString('hex')).toBe(
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  );
});

it('verifies nothing that is no key or no signature, without throwing', () => {
  const { publicKey } = newIdentityPair();
  for (const [key, signature] of [
    ['', Buffer.alloc(64)],
    ['AAAA', Buffer.alloc(64)],
    [publicKey, Buffer.alloc(0)],
    [publicKey, Buffer.alloc(63)],
    [base64url('00'.repeat(32)), Buffer.alloc(64)],
  ] as const)
    expect(verifyText(key, 'text', signature)).toBe(false);
  expect(keyIdOf(publicKey)).toMatch(/^[0-9a-f]{64}$/);
});
