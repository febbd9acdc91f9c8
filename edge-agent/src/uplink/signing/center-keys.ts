import { type CenterSignature, endorsementStatement, type SigningKey } from '@aicarpool/shared-protocol';
import { keyIdOf, verifyText } from './ed25519.ts';

/** The signing keys of the control plane that this node trusts: pinned when it enrolled, since then each led to the next. */
export class CenterKeys {
  readonly #onLearned: (keys: readonly string[], isNew: boolean) => void;
  #trusted: ReadonlyMap<string, string>;

  /** `onLearned`: the list was read, and is another one or the same. */
  constructor(keys: readonly string[], onLearned: (keys: readonly string[], isNew: boolean) => void) {
    this.#trusted = byId(keys);
    this.#onLearned = onLearned;
  }

  /** Public keys, base64url. */
  keys(): readonly string[] {
    return [...this.#trusted.values()];
  }

  knows(keyId: string): boolean {
    return this.#trusted.has(keyId);
  }

  verify(text: string, { key, sig }: CenterSignature): boolean {
    const publicKey = this.#trusted.get(key);
    return publicKey !== undefined && verifyText(publicKey, text, Buffer.from(sig, 'base64url'));
  }

  /**
   * Takes those keys that a trusted key leads to, over as many as were in between. `proved`: the list itself came from the
   * control plane, so what it does not name any more is trusted no longer.
   */
  learn(published: readonly SigningKey[], proved: boolean): void {
    const accepted = follow(this.#trusted, published);
    const used = published.filter(({ state, key }) => state !== 'past' && accepted.has(keyIdOf(key))).map(({ key }) => key);
    if (used.length === 0) return;
    const next = byId(proved ? used : [...this.#trusted.values(), ...used]);
    const same = next.size === this.#trusted.size && [...next.keys()].every((id) => this.#trusted.has(id));
    if (!same) this.#trusted = next;
    this.#onLearned(this.keys(), !same);
  }
}

/** The key that a registration token pins, if it is among the published ones. */
export function pinnedKey(published: readonly SigningKey[], pin: string): string | undefined {
  return published.find(({ key }) => keyIdOf(key) === pin)?.key;
}

function follow(trusted: ReadonlyMap<string, string>, published: readonly SigningKey[]): ReadonlyMap<string, string> {
  const accepted = new Map(trusted);
  for (const { key, by, endorsement } of published) {
    const endorser = by === null ? undefined : accepted.get(by);
    if (by === null || endorser === undefined || endorsement === null) continue;
    if (verifyText(endorser, endorsementStatement({ key, by }), Buffer.from(endorsement, 'base64url')))
      accepted.set(keyIdOf(key), key);
  }
  return accepted;
}

function byId(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [keyIdOf(key), key]));
}
