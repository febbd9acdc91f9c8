import type { SealedDataKey } from '@aicarpool/shared-protocol';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

export interface DataKey {
  readonly version: number;
  readonly key: Uint8Array;
}

/** Seals data keys of a scope so that only the holder of the node's private sealing key opens them. */
export async function sealDataKeys(
  node: { readonly id: string; readonly sealingKey: string },
  scope: string,
  keys: readonly DataKey[],
): Promise<SealedDataKey[]> {
  const recipient = await suite.DeserializePublicKey(Uint8Array.from(Buffer.from(node.sealingKey, 'base64url')));
  const sealed: SealedDataKey[] = [];
  for (const { version, key } of keys) {
    const info = new TextEncoder().encode(`${node.id}|${scope}|${version}`);
    const { encapsulatedSecret, ciphertext } = await suite.Seal(recipient, key, { info });
    sealed.push({
      version,
      enc: Buffer.from(encapsulatedSecret).toString('base64'),
      ciphertext: Buffer.from(ciphertext).toString('base64'),
    });
  }
  return sealed;
}
