import { randomBytes } from 'node:crypto';
import {
  answerText,
  challengeAnswer,
  readAnswerProof,
  requestSignatureBase,
  requestSignatureHeaders,
} from '@aicarpool/shared-protocol';
import type { CallFailure, ControlPlane } from '../call-control-plane.ts';
import type { CenterKeys } from './center-keys.ts';
import { type Answered, type Authorized, type Credential, contentDigestOf, type Outgoing } from './credential.ts';
import { type KeyPair, keyIdOf, signText } from './ed25519.ts';

export interface IdentityParts {
  readonly controlPlane: ControlPlane;
  readonly pair: () => KeyPair;
  readonly centerKeys: CenterKeys;
  readonly nowMs: () => number;
  /** The next identity key takes the place of the one that expired; false: there is none. */
  readonly succeed?: () => boolean;
  /** Adds what else a request shows, once it is known what was signed. */
  readonly alsoShow?: (base: string) => Readonly<Record<string, string>>;
}

const challengeMs = 10_000;

/** Signs requests with the identity key of this node, and believes only answers that a trusted key of the control plane signed. */
export class IdentityCredential implements Credential {
  readonly #parts: IdentityParts;
  /** Clock of the control plane minus ours, once it had to correct us. */
  #offsetMs = 0;
  #corrected = false;
  #signer: string | undefined;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  async authorize({ method, path, body }: Outgoing): Promise<Authorized> {
    const { pair, nowMs, alsoShow } = this.#parts;
    const request = {
      method,
      path,
      contentDigest: contentDigestOf(body),
      createdS: Math.floor((nowMs() + this.#offsetMs) / 1000),
      nonce: randomBytes(16).toString('base64url'),
      keyId: keyIdOf(pair().publicKey),
    };
    const base = requestSignatureBase(request);
    const headers = requestSignatureHeaders(request, signText(pair(), base).toString('base64'));
    return {
      ok: true,
      headers: { ...headers, ...alsoShow?.(base) },
      proves: (answer) => this.#proves(request.nonce, answer),
    };
  }

  async recover(failure: CallFailure, signal: AbortSignal): Promise<boolean> {
    if (failure.code === 'answer_unproved' && this.#signer !== undefined) return await this.#learnSigner(signal);
    if (!failure.proved) return false;
    if (failure.code === 'node_key_expired') return this.#parts.succeed?.() ?? false;
    if (failure.code !== 'clock_skew' || this.#corrected) return false;
    const { details } = failure;
    const time: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'center_time') : undefined;
    const centerMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(centerMs)) return false;
    this.#offsetMs = centerMs - this.#parts.nowMs();
    this.#corrected = true;
    return true;
  }

  #proves(nonce: string, { status, proof, body }: Answered): boolean {
    const given = readAnswerProof(proof ?? '');
    this.#signer = undefined;
    if (given === undefined || 'mac' in given) return false;
    const proved = this.#parts.centerKeys.verify(answerText({ to: nonce, status, bodyDigest: contentDigestOf(body) }), given);
    if (proved) this.#corrected = false;
    else if (!this.#parts.centerKeys.knows(given.key)) this.#signer = given.key;
    return proved;
  }

  /** The control plane signs with a key that this node does not know: perhaps those that it knows lead there. */
  async #learnSigner(signal: AbortSignal): Promise<boolean> {
    const { controlPlane, centerKeys } = this.#parts;
    const signer = this.#signer;
    this.#signer = undefined;
    if (signer === undefined || centerKeys.knows(signer)) return false;
    const body = { nonce: randomBytes(16).toString('base64url') };
    const call = { name: 'challenge', token: nobody, body, answer: challengeAnswer, deadlineMs: challengeMs, signal };
    const answer = await controlPlane.post(call);
    if (answer.ok) centerKeys.learn(answer.data.signing_keys, false);
    return centerKeys.knows(signer);
  }
}

/** For the one call that shows nothing and believes nothing by itself. */
export const nobody: Credential = {
  authorize: async () => ({ ok: true, headers: {}, proves: () => true }),
  recover: async () => false,
};
