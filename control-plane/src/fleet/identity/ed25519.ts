import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** Both halves base64url of the raw 32 bytes. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** What stands in front of the 32 bytes of an Ed25519 public key in DER (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export function newIdentityPair(): KeyPair {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new Error('this platform cannot make Ed25519 keys');
  return { privateKey: d, publicKey: x };
}

/** SHA-256 of the public key as SPKI, hex: how keys are named. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(spkiPrefix).update(Buffer.from(publicKey, 'base64url')).digest('hex');
}

export function signText(pair: KeyPair, text: string): Buffer {
  return signWith(openPrivateKey(pair), text);
}

/** For a key that signs often: to open it costs more than to sign. */
export function openPrivateKey({ privateKey, publicKey }: KeyPair): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: privateKey, x: publicKey }, format: 'jwk' });
}

export function signWith(key: KeyObject, text: string): Buffer {
  return sign(null, Buffer.from(text), key);
}

/** Never throws: what is no key or no signature verifies nothing. */
export function verifyText(publicKey: string, text: string, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, signature);
  } catch {
    return false;
  }
}
