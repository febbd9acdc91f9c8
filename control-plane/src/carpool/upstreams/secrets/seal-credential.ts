import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealedSecret } from '@aicarpool/shared-protocol';

/** A group's data key in clear. Held in memory while it is used, never logged. */
export interface DataKey {
  readonly version: number;
  readonly key: Buffer;
}

interface Owner {
  readonly upstreamId: string;
  readonly groupId: string;
}

const tagLength = 16;

/** Seals a secret under a data key, for this account of this group only (see `sealedSecret` in shared-protocol). */
export function sealCredential(dataKey: DataKey, owner: Owner, secret: string): SealedSecret {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', dataKey.key, nonce);
  cipher.setAAD(Buffer.from(`${owner.upstreamId}|${owner.groupId}`));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { key_version: dataKey.version, nonce: nonce.toString('base64'), ciphertext: ciphertext.toString('base64') };
}

/** Opens what `sealCredential` sealed; throws when it was changed or belongs to another account. */
export function openCredential(dataKey: DataKey, owner: Owner, sealed: SealedSecret): string {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', dataKey.key, Buffer.from(sealed.nonce, 'base64'), {
    authTagLength: tagLength,
  });
  decipher.setAAD(Buffer.from(`${owner.upstreamId}|${owner.groupId}`));
  decipher.setAuthTag(bytes.subarray(bytes.byteLength - tagLength));
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.byteLength - tagLength)), decipher.final()]).toString('utf8');
}
