import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  answerText,
  challengeAnswer,
  joinStatement,
  type RegisterAnswer,
  type RegisterRequest,
  type RegistrationToken,
  readAnswerProof,
  readRegistrationToken,
  registerAnswer,
  type SigningKey,
} from '@aicarpool/shared-protocol';
import type { CallResult, ControlPlane } from '../call-control-plane.ts';
import { CenterKeys, pinnedKey } from './center-keys.ts';
import { type Answered, type Credential, contentDigestOf } from './credential.ts';
import { type KeyPair, newPair } from './ed25519.ts';
import { IdentityCredential } from './identity-credential.ts';

export interface Joined {
  readonly answer: RegisterAnswer;
  readonly identityPair: KeyPair;
  readonly sealingPair: KeyPair;
  readonly signingKeys: readonly string[];
}

interface Options {
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

const deadlineMs = 15_000;

/**
 * Makes the keys of a new node and registers them. First the control plane proves with its signing key that it is the one
 * that the token pins; until then it is told a random number. The token itself is never sent: what is sent proves it.
 */
export async function join(
  controlPlane: ControlPlane,
  text: string,
  about: Pick<RegisterRequest, 'node_name' | 'region' | 'build'>,
  { nowMs, signal }: Options,
): Promise<CallResult<Joined> | 'no token' | 'other control plane'> {
  const token = readRegistrationToken(text);
  if (!token) return 'no token';
  const met = await meet(controlPlane, token, signal);
  if (!met.ok) return met;
  const { centerKeys, challenge } = met.data;
  if (!centerKeys) return 'other control plane';
  const [identityPair, sealingPair] = [newPair('ed25519'), newPair('x25519')];
  const credential = new IdentityCredential({
    controlPlane,
    pair: () => identityPair,
    centerKeys,
    nowMs,
    alsoShow: (base) => ({ authorization: proofOf(token, base) }),
  });
  const body: RegisterRequest = {
    ...about,
    identity_key: identityPair.publicKey,
    sealing_key: sealingPair.publicKey,
    challenge,
  };
  const result = await controlPlane.post({
    name: 'register',
    token: credential,
    body,
    answer: registerAnswer,
    deadlineMs,
    signal,
  });
  if (!result.ok) return result;
  centerKeys.learn(result.data.signing_keys ?? [], true);
  return { ok: true, data: { answer: result.data, identityPair, sealingPair, signingKeys: centerKeys.keys() } };
}

interface Met {
  /** undefined: it could not prove that it is the control plane of the token. */
  readonly centerKeys: CenterKeys | undefined;
  readonly challenge: string;
}

async function meet(controlPlane: ControlPlane, { pin }: RegistrationToken, signal: AbortSignal): Promise<CallResult<Met>> {
  const nonce = randomBytes(16).toString('base64url');
  let answered: Answered | undefined;
  const token: Credential = {
    authorize: async () => ({
      ok: true,
      headers: {},
      proves: (answer) => {
        answered = answer;
        return true;
      },
    }),
    recover: async () => false,
  };
  const result = await controlPlane.post({
    name: 'challenge',
    token,
    body: { nonce },
    answer: challengeAnswer,
    deadlineMs,
    signal,
  });
  if (!result.ok) return result;
  const { challenge, signing_keys } = result.data;
  return { ok: true, data: { challenge, centerKeys: answered && provenKeys(pin, signing_keys, nonce, answered) } };
}

function provenKeys(pin: string, published: readonly SigningKey[], nonce: string, answered: Answered): CenterKeys | undefined {
  const pinned = pinnedKey(published, pin);
  if (pinned === undefined) return undefined;
  const keys = new CenterKeys([pinned], () => undefined);
  keys.learn(published, false);
  const proof = readAnswerProof(answered.proof ?? '');
  if (proof === undefined || 'mac' in proof) return undefined;
  const text = answerText({ to: nonce, status: answered.status, bodyDigest: contentDigestOf(answered.body) });
  return keys.verify(text, proof) ? keys : undefined;
}

/** Shows that we hold the token, for this one request. */
function proofOf({ id, secret }: RegistrationToken, base: string): string {
  const key = createHash('sha256').update(secret).digest();
  const proof = createHmac('sha256', key)
    .update(joinStatement({ registration: id, base }))
    .digest('base64url');
  return `Carpool-Token ${id}.${proof}`;
}
