import type { SealingIdentity } from '../../snapshot/secrets.ts';
import type { ControlPlane } from '../call-control-plane.ts';
import type { Identity } from '../identity.ts';
import { CenterKeys } from './center-keys.ts';
import type { Credential } from './credential.ts';
import { type KeyPair, newPair } from './ed25519.ts';
import { IdentityCredential } from './identity-credential.ts';

/** Who this node is while it runs: its keys, the keys that it trusts, and how both change. */
export class NodeIdentity {
  readonly centerKeys: CenterKeys;
  readonly #save: ((identity: Identity) => void) | null;
  readonly #nowMs: () => number;
  readonly #onUnsaved: (error: unknown) => void;
  #identity: Identity;
  #isUnsaved = false;

  /**
   * `save` keeps a changed identity; it is not called when nothing changed. Null: nobody does, so the keys stay as they
   * are. `onUnsaved`: it could not, and this node goes on without; it is tried again.
   */
  constructor(
    identity: Identity,
    save: ((identity: Identity) => void) | null,
    nowMs: () => number = Date.now,
    onUnsaved: (error: unknown) => void = () => undefined,
  ) {
    this.#identity = identity;
    this.#save = save;
    this.#nowMs = nowMs;
    this.#onUnsaved = onUnsaved;
    this.centerKeys = new CenterKeys(identity.signing_keys, (keys, isNew) => {
      if (isNew || this.#isUnsaved) this.#change({ signing_keys: [...keys] });
    });
  }

  get nodeId(): string {
    return this.#identity.node_id;
  }

  /** May its keys be replaced? Else the next start would have the old ones. */
  get isKept(): boolean {
    return this.#save !== null;
  }

  get madeAtMs(): number {
    return Date.parse(this.#identity.keys_made_at);
  }

  /** X25519 pairs to which data keys may be sealed, the newest first. */
  sealingPairs(): readonly KeyPair[] {
    return this.#identity.sealing_keys;
  }

  /** For opening what is sealed to this node. */
  sealing(): SealingIdentity {
    const [newest] = this.#identity.sealing_keys;
    if (!newest) throw new Error('an identity without a sealing key');
    return { nodeId: this.nodeId, ...newest, pairs: () => this.sealingPairs() };
  }

  credentialFor(controlPlane: ControlPlane): Credential {
    return new IdentityCredential({
      controlPlane,
      pair: () => this.#identity.identity_key,
      centerKeys: this.centerKeys,
      nowMs: this.#nowMs,
      succeed: () => this.succeed(),
    });
  }

  /** The current identity key. */
  pair(): KeyPair {
    return this.#identity.identity_key;
  }

  /** The keys that are to be the next ones: made once and on the disk before anybody is asked to take them. Throws where it is full. */
  successor(): NonNullable<Identity['successor']> {
    const { successor } = this.#identity;
    if (successor) return successor;
    const made = { identity_key: newPair('ed25519'), sealing_key: newPair('x25519') };
    this.#keep({ ...this.#identity, successor: made });
    return made;
  }

  /** The next keys, which are on the disk, take the place of the current ones; false: there are none. */
  succeed(): boolean {
    const { successor, sealing_keys } = this.#identity;
    if (!successor) return false;
    this.#change({
      identity_key: successor.identity_key,
      sealing_keys: [successor.sealing_key, ...sealing_keys],
      successor: undefined,
      keys_made_at: new Date(this.#nowMs()).toISOString(),
    });
    return true;
  }

  /** Nothing on the disk is sealed to an older key any more. */
  forgetOldSealingKeys(): void {
    const [newest] = this.#identity.sealing_keys;
    if (newest && this.#identity.sealing_keys.length > 1) this.#change({ sealing_keys: [newest] });
  }

  /** What is the case whether or not the disk takes it: what is on it leads here again. */
  #change(change: { [K in keyof Identity]?: Identity[K] | undefined }): void {
    const { successor, ...rest } = { ...this.#identity, ...change };
    this.#identity = { ...rest, ...(successor === undefined ? {} : { successor }) } as Identity;
    try {
      this.#keep(this.#identity);
    } catch (error) {
      this.#isUnsaved = true;
      this.#onUnsaved(error);
    }
  }

  #keep(identity: Identity): void {
    this.#save?.(identity);
    this.#identity = identity;
    this.#isUnsaved = false;
  }
}
