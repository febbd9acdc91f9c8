import { createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, timingSafeEqual } from 'node:crypto';
import {
  answerText,
  callText,
  readAnswerProof,
  renewAnswer,
  type SessionKey,
  sessionKeyInfo,
  writeCallMac,
} from '@aicarpool/shared-protocol';
import type { CallFailure, ControlPlane } from '../call-control-plane.ts';
import type { CenterKeys } from './center-keys.ts';
import { type Answered, type Authorized, type Credential, contentDigestOf, type Outgoing } from './credential.ts';
import { type KeyPair, newPair } from './ed25519.ts';

export interface SessionKeyParts {
  readonly controlPlane: ControlPlane;
  readonly identity: Credential;
  readonly centerKeys: CenterKeys;
  readonly nodeId: string;
  readonly sessionNo: number;
  readonly monotonicMs: () => number;
}

interface Key {
  readonly bytes: Buffer;
  readonly generation: number;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

const renewMs = 10_000;
/** The next key is asked for when a third of the time is left. */
const renewAfter = 2 / 3;

/** Authenticates the calls of one session with a key that is renewed every few minutes and never leaves the memory. */
export class SessionCredential implements Credential {
  readonly #parts: SessionKeyParts;
  #key: Key;
  #counter = 0;
  #renewing: Promise<CallFailure | undefined> | undefined;

  constructor(parts: SessionKeyParts, half: KeyPair, given: SessionKey) {
    this.#parts = parts;
    this.#key = this.#derive(half, given);
  }

  async authorize({ method, path, body }: Outgoing, signal: AbortSignal): Promise<Authorized> {
    const nowMs = this.#parts.monotonicMs();
    if (nowMs >= this.#key.renewAtMs) {
      const renewing = this.#renew(signal);
      const failure = nowMs >= this.#key.expiresAtMs ? await renewing : undefined;
      if (failure) return { ok: false, failure };
    }
    const { bytes, generation } = this.#key;
    this.#counter += 1;
    const { nodeId, sessionNo } = this.#parts;
    const mac = { nodeId, sessionNo, generation, counter: this.#counter };
    const contentDigest = contentDigestOf(body);
    const text = callText(mac, { method, path, contentDigest });
    const written = writeCallMac(mac, createHmac('sha256', bytes).update(text).digest('base64url'));
    const to = String(mac.counter);
    return {
      ok: true,
      headers: { authorization: written, 'content-digest': contentDigest },
      proves: (answer) => proves(bytes, to, answer),
    };
  }

  async recover({ code }: CallFailure, signal: AbortSignal): Promise<boolean> {
    if (code !== 'session_key_unknown' && code !== 'session_key_expired') return false;
    return (await this.#renew(signal)) === undefined;
  }

  /** One at a time; gives why it did not work. */
  #renew(signal: AbortSignal): Promise<CallFailure | undefined> {
    this.#renewing ??= this.#ask(signal).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #ask(signal: AbortSignal): Promise<CallFailure | undefined> {
    const { controlPlane, identity, centerKeys, sessionNo } = this.#parts;
    const half = newPair('x25519');
    const result = await controlPlane.post({
      name: 'session/renew',
      token: identity,
      body: { session_no: sessionNo, exchange: half.publicKey },
      answer: renewAnswer,
      deadlineMs: renewMs,
      signal,
    });
    if (!result.ok) return result.failure;
    centerKeys.learn(result.data.key.signing_keys, true);
    this.#key = this.#derive(half, result.data.key);
    this.#counter = 0;
    return undefined;
  }

  #derive(half: KeyPair, { exchange, generation, valid_s }: SessionKey): Key {
    const { nodeId, sessionNo, monotonicMs } = this.#parts;
    const about = { node: nodeId, session_no: sessionNo, generation, node_exchange: half.publicKey, exchange };
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d: half.privateKey, x: half.publicKey }, format: 'jwk' }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: exchange }, format: 'jwk' }),
    });
    const nowMs = monotonicMs();
    return {
      bytes: Buffer.from(hkdfSync('sha256', secret, '', sessionKeyInfo(about), 32)),
      generation,
      renewAtMs: nowMs + valid_s * 1000 * renewAfter,
      expiresAtMs: nowMs + valid_s * 1000,
    };
  }
}

function proves(key: Buffer, to: string, { status, proof, body }: Answered): boolean {
  const given = readAnswerProof(proof ?? '');
  if (given === undefined || !('mac' in given)) return false;
  const expected = createHmac('sha256', key)
    .update(answerText({ to, status, bodyDigest: contentDigestOf(body) }))
    .digest();
  return timingSafeEqual(expected, Buffer.from(given.mac, 'base64url'));
}
