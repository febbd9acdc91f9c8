import { createDecipheriv, type webcrypto } from 'node:crypto';
import type { SealedDataKey, SealedSecret } from '@aicarpool/shared-protocol';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const tagLength = 16;
const dataKeyLength = 32;

/** Whose secrets: the node id is bound into every sealed key, the private key never leaves this machine. */
export interface SealingIdentity {
  readonly nodeId: string;
  /** X25519, both base64url of the raw 32 bytes. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Opened data keys and secrets: in memory only, never on disk, never in a log. */
export class Secrets {
  readonly #identity: SealingIdentity;
  readonly #dataKeys = new Map<string, Buffer>();
  #pair: Promise<{ privateKey: webcrypto.CryptoKey; publicKey: webcrypto.CryptoKey }> | undefined;

  constructor(identity: SealingIdentity) {
    this.#identity = identity;
  }

  /** Opens a data key of a scope. False: it was not sealed to this node, or was damaged. */
  async learn(scope: string, sealed: SealedDataKey): Promise<boolean> {
    const info = Buffer.from(`${this.#identity.nodeId}|${scope}|${sealed.version}`);
    try {
      this.#pair ??= openPair(this.#identity);
      const enc = Buffer.from(sealed.enc, 'base64');
      const opened = await suite.Open(await this.#pair, enc, Buffer.from(sealed.ciphertext, 'base64'), { info });
      if (opened.length !== dataKeyLength) return false;
      this.#dataKeys.set(nameOf(scope, sealed.version), Buffer.from(opened));
      return true;
    } catch {
      return false;
    }
  }

  forget(scope: string): void {
    for (const name of this.#dataKeys.keys()) if (name.startsWith(`${scope}|`)) this.#dataKeys.delete(name);
  }

  /** The credential of an upstream account; undefined when its data key is missing or it does not open. */
  open(scope: string, upstreamId: string, sealed: SealedSecret): string | undefined {
    const key = this.#dataKeys.get(nameOf(scope, sealed.key_version));
    const blob = Buffer.from(sealed.ciphertext, 'base64');
    if (key === undefined || blob.length < tagLength) return undefined;
    try {
      const opener = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'base64'), { authTagLength: tagLength });
      opener.setAAD(Buffer.from(`${upstreamId}|${scope}`));
      opener.setAuthTag(blob.subarray(blob.length - tagLength));
      return Buffer.concat([opener.update(blob.subarray(0, blob.length - tagLength)), opener.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

async function openPair({ privateKey, publicKey }: SealingIdentity) {
  return {
    privateKey: await suite.DeserializePrivateKey(Buffer.from(privateKey, 'base64url')),
    publicKey: await suite.DeserializePublicKey(Buffer.from(publicKey, 'base64url')),
  };
}

function nameOf(scope: string, version: number): string {
  return `${scope}|${version}`;
}
