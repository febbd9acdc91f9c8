import { createDecipheriv } from 'node:crypto';
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
  /** All pairs, the newest first, where they change while the node runs; absent: the one above. */
  readonly pairs?: () => readonly SealingPair[];
}

export interface SealingPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Opened data keys and secrets: in memory only, never on disk, never in a log. */
export class Secrets {
  readonly #identity: SealingIdentity;
  readonly #dataKeys = new Map<string, Buffer>();
  readonly #opened = new Map<string, ReturnType<typeof openPair>>();
  /** Newest version of a scope's key that only an older pair opened. */
  readonly #sealedToOlder = new Set<string>();

  constructor(identity: SealingIdentity) {
    this.#identity = identity;
  }

  get opensWithNewestKey(): boolean {
    return this.#sealedToOlder.size === 0;
  }

  /** Opens a data key of a scope. False: it was not sealed to this node, or was damaged. */
  async learn(scope: string, sealed: SealedDataKey): Promise<boolean> {
    const pairs = this.#identity.pairs?.() ?? [this.#identity];
    for (const [age, pair] of pairs.entries()) {
      const key = await this.#open(pair, scope, sealed);
      if (key === undefined) continue;
      const name = nameOf(scope, sealed.version);
      this.#dataKeys.set(name, key);
      if (age === 0) this.#sealedToOlder.delete(name);
      else this.#sealedToOlder.add(name);
      return true;
    }
    return false;
  }

  async #open(pair: SealingPair, scope: string, sealed: SealedDataKey): Promise<Buffer | undefined> {
    const info = Buffer.from(`${this.#identity.nodeId}|${scope}|${sealed.version}`);
    try {
      const recipient = this.#opened.get(pair.publicKey) ?? openPair(pair);
      this.#opened.set(pair.publicKey, recipient);
      const enc = Buffer.from(sealed.enc, 'base64');
      const opened = await suite.Open(await recipient, enc, Buffer.from(sealed.ciphertext, 'base64'), { info });
      return opened.length === dataKeyLength ? Buffer.from(opened) : undefined;
    } catch {
      return undefined;
    }
  }

  forget(scope: string): void {
    for (const name of this.#dataKeys.keys()) if (name.startsWith(`${scope}|`)) this.#dataKeys.delete(name);
    for (const name of this.#sealedToOlder) if (name.startsWith(`${scope}|`)) this.#sealedToOlder.delete(name);
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

async function openPair({ privateKey, publicKey }: SealingPair) {
  return {
    privateKey: await suite.DeserializePrivateKey(Buffer.from(privateKey, 'base64url')),
    publicKey: await suite.DeserializePublicKey(Buffer.from(publicKey, 'base64url')),
  };
}

function nameOf(scope: string, version: number): string {
  return `${scope}|${version}`;
}
