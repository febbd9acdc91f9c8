import { randomBytes } from 'node:crypto';
import {
  type CenterSignature,
  type ConfigSeal,
  configStatement,
  type ScopeChange,
  type SyncAnswer,
  type SyncRequest,
} from '@aicarpool/shared-protocol';

/** The keys of the control plane that this node trusts. */
export interface Signers {
  knows(keyId: string): boolean;
  verify(text: string, signature: CenterSignature): boolean;
}

export type ConfigRefusal = NonNullable<SyncRequest['refused']>;

type RawAnswer = Omit<SyncAnswer, 'scopes'> & {
  readonly scopes: readonly (Omit<ScopeChange, 'upsert'> & { readonly upsert: readonly unknown[] })[];
};

/** Takes config only from the control plane, for this node, and in answer to the newest question. */
export class ConfigTrust {
  readonly #nodeId: string;
  readonly #signers: Signers;
  #nonce = '';
  #refused: ConfigRefusal | undefined;

  constructor(nodeId: string, signers: Signers) {
    this.#nodeId = nodeId;
    this.#signers = signers;
  }

  /** What goes into every question: a new number that the answer must be signed for, and why the last one was refused. */
  nextQuestion(): Pick<SyncRequest, 'nonce' | 'refused'> {
    this.#nonce = randomBytes(16).toString('base64url');
    return { nonce: this.#nonce, ...(this.#refused === undefined ? {} : { refused: this.#refused }) };
  }

  /** Why an answer to the newest question is not to be taken; undefined: it is good. */
  refuse(answer: RawAnswer): ConfigRefusal | undefined {
    this.#refused = this.#check(answer, this.#nonce);
    return this.#refused;
  }

  /** The same for a snapshot that was exported to a file, which answers no question. */
  refuseExported(answer: RawAnswer, nowMs: number): ConfigRefusal | undefined {
    const refused = this.#check(answer, '');
    if (refused !== undefined || answer.seal === undefined) return refused ?? 'unsigned';
    return nowMs > Date.parse(answer.center_time) + answer.seal.valid_s * 1000 ? 'older' : undefined;
  }

  #check(answer: RawAnswer, nonce: string): ConfigRefusal | undefined {
    const seal: ConfigSeal | undefined = answer.seal;
    if (seal === undefined) return 'unsigned';
    if (!this.#signers.knows(seal.key)) return 'unknown_signer';
    if (!this.#signers.verify(configStatement(answer, seal), seal)) return 'bad_signature';
    if (seal.node_id !== this.#nodeId) return 'other_node';
    return seal.nonce === nonce ? undefined : 'other_question';
  }
}
