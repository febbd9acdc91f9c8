import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const version = 'v1';
const saltLength = 16;
const tagLength = 16;

/** Seals secrets under the master key, so that the database alone opens none of them. */
export interface Keyring {
  /** Names the master key that seals now; it is written in front of what it sealed. */
  readonly id: string;
  /** `aad` names what the secret belongs to (`carpool_upstreams/ups_…`); the same text opens it again. */
  seal(plaintext: Uint8Array | string, aad: string): string;
  /** Throws when the text was changed, belongs to something else, or another master key sealed it. */
  open(sealed: string, aad: string): Buffer;
  /** 32 bytes for another purpose, always the same for the same master key. */
  derive(purpose: string): Buffer;
}

/**
 * `masterKey`: 32 random bytes. Each seal has a key of its own (HKDF over a random salt), so no nonce can repeat. `olderKeys`
 * open what they sealed, until it is sealed anew (`rewrapSecrets`); they seal and derive nothing.
 */
export function openKeyring(masterKey: Uint8Array, olderKeys: readonly Uint8Array[] = []): Keyring {
  const derive = (purpose: string, salt?: Uint8Array, length?: number) => deriveFrom(masterKey, purpose, salt, length);
  const keyId = idOf(masterKey);
  const keyById = new Map([...olderKeys, masterKey].map((key) => [idOf(key), key]));
  return {
    id: keyId,
    derive: (purpose) => derive(purpose),
    seal(plaintext, aad) {
      const salt = randomBytes(saltLength);
      const material = derive('seal', salt, 44);
      const cipher = createCipheriv('aes-256-gcm', material.subarray(0, 32), material.subarray(32));
      cipher.setAAD(Buffer.from(aad));
      const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return `${version}.${keyId}.${Buffer.concat([salt, body, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(sealed, aad) {
      const [sealVersion, sealKeyId, text] = sealed.split('.');
      if (sealVersion !== version || sealKeyId === undefined || text === undefined) throw new Error('not a sealed text');
      const sealKey = keyById.get(sealKeyId);
      if (!sealKey) throw new Error('sealed under another master key; give the right CARPOOL_MASTER_KEY');
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.byteLength < saltLength + tagLength) throw new Error('not a sealed text');
      const material = deriveFrom(sealKey, 'seal', bytes.subarray(0, saltLength), 44);
      const decipher = createDecipheriv('aes-256-gcm', material.subarray(0, 32), material.subarray(32));
      decipher.setAAD(Buffer.from(aad));
      decipher.setAuthTag(bytes.subarray(bytes.byteLength - tagLength));
      return Buffer.concat([decipher.update(bytes.subarray(saltLength, bytes.byteLength - tagLength)), decipher.final()]);
    },
  };
}

function deriveFrom(masterKey: Uint8Array, purpose: string, salt: Uint8Array = new Uint8Array(0), length = 32): Buffer {
  if (masterKey.byteLength !== 32) throw new RangeError('the master key must have 32 bytes');
  return Buffer.from(hkdfSync('sha256', masterKey, salt, `aicarpool ${purpose}`, length));
}

function idOf(masterKey: Uint8Array): string {
  return createHash('sha256').update(deriveFrom(masterKey, 'key id')).digest('base64url').slice(0, 8);
}
