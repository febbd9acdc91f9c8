import { type SessionAnswer, type SessionRequest, sessionAnswer } from '@aicarpool/shared-protocol';
import type { CallResult, ControlPlane } from '../call-control-plane.ts';
import type { Credential } from './credential.ts';
import { newPair } from './ed25519.ts';
import type { NodeIdentity } from './node-identity.ts';
import { SessionCredential } from './session-credential.ts';

export interface OpenedSession {
  readonly answer: SessionAnswer;
  /** Authenticates the calls of the session. */
  readonly credential: Credential;
}

const deadlineMs = 10_000;

/** Opens the next session of this node, signed with its identity key, and agrees on the key of its calls. */
export async function openSession(
  controlPlane: ControlPlane,
  identity: NodeIdentity,
  request: SessionRequest,
  options: { readonly monotonicMs: () => number; readonly signal: AbortSignal },
): Promise<CallResult<OpenedSession>> {
  const half = newPair('x25519');
  const credential = identity.credentialFor(controlPlane);
  const body: SessionRequest = { ...request, exchange: half.publicKey };
  const { signal, monotonicMs } = options;
  const result = await controlPlane.post({ name: 'session', token: credential, body, answer: sessionAnswer, deadlineMs, signal });
  if (!result.ok) return result;
  const { key, session_no: sessionNo, node_id: nodeId } = result.data;
  if (key === undefined || nodeId !== identity.nodeId) {
    const message = 'the answer is not what this version expects (no session key for this node)';
    return { ok: false, failure: { kind: 'rubbish', status: 200, code: 'rubbish', message, retryAfterMs: null } };
  }
  const { centerKeys } = identity;
  centerKeys.learn(key.signing_keys, true);
  const parts = { controlPlane, identity: credential, centerKeys, nodeId, sessionNo, monotonicMs };
  return { ok: true, data: { answer: result.data, credential: new SessionCredential(parts, half, key) } };
}
