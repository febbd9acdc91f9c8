import { createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes } from 'node:crypto';
import {
  answerText,
  callText,
  configStatement,
  endorsementStatement,
  readCallMac,
  readRequestSignature,
  requestSignatureBase,
  type SessionKey,
  type SigningKey,
  type SyncAnswer,
  sessionKeyInfo,
  writeAnswerProof,
  writeRegistrationToken,
} from '@aicarpool/shared-protocol';
import type { Signers } from '../src/snapshot/config-trust.ts';
import type { Identity } from '../src/uplink/identity.ts';
import { contentDigestOf } from '../src/uplink/signing/credential.ts';
import { type KeyPair, keyIdOf, newPair, signText, verifyText } from '../src/uplink/signing/ed25519.ts';

/** What a call came with. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly header: (name: string) => string | undefined;
}

/** The control plane's side of identity, as small as can be: its signing keys, one node's identity, the keys of its session. */
export class CenterIdentity {
  readonly nodeId: string;
  pairs: KeyPair[] = [newPair('ed25519'), newPair('ed25519')];
  /** Public identity key of the node, once it enrolled. */
  nodeKey: string | undefined;
  /** Refuses what was signed more than five minutes away from now. */
  strictClock = false;
  readonly #keys = new Map<string, Buffer>();
  readonly #used = new Set<string>();
  #generation = 0;

  constructor(nodeId = 'nod_test') {
    this.nodeId = nodeId;
  }

  get current(): KeyPair {
    return this.pairs.at(-2) as KeyPair;
  }

  rotate(): void {
    this.pairs.push(newPair('ed25519'));
  }

  published(): SigningKey[] {
    return this.pairs.map((pair, at): SigningKey => {
      const before = this.pairs[at - 1];
      const state = at === this.pairs.length - 1 ? 'next' : at === this.pairs.length - 2 ? 'current' : 'past';
      if (!before) return { key: pair.publicKey, by: null, endorsement: null, state };
      const by = keyIdOf(before.publicKey);
      const endorsement = signText(before, endorsementStatement({ key: pair.publicKey, by })).toString('base64url');
      return { key: pair.publicKey, by, endorsement, state };
    });
  }

  newToken(): string {
    const secret = randomBytes(32).toString('base64url');
    return writeRegistrationToken({ pin: keyIdOf(this.current.publicKey), id: 'reg_test', secret });
  }

  sign(text: string): { key: string; sig: string } {
    return { key: keyIdOf(this.current.publicKey), sig: signText(this.current, text).toString('base64url') };
  }

  /** The keys that a node of this control plane trusts. */
  signers(): Signers {
    return {
      knows: (id) => this.pairs.some(({ publicKey }) => keyIdOf(publicKey) === id),
      verify: (text, { key, sig }) =>
        this.pairs.some(
          ({ publicKey }) => keyIdOf(publicKey) === key && verifyText(publicKey, text, Buffer.from(sig, 'base64url')),
        ),
    };
  }

  /** A node that is enrolled here, with new keys; `over` changes them. */
  enrol(over: Partial<Identity> = {}): Identity {
    const identity_key = newPair('ed25519');
    this.nodeKey = identity_key.publicKey;
    const at = new Date().toISOString();
    return {
      version: 2,
      control_plane: 'http://127.0.0.1:1',
      node_id: this.nodeId,
      node_name: null,
      identity_key,
      sealing_keys: [newPair('x25519')],
      signing_keys: this.pairs.map(({ publicKey }) => publicKey),
      keys_made_at: at,
      enrolled_at: at,
      ...over,
    };
  }

  seal(answer: SyncAnswer, nonce: string, nodeId = this.nodeId): SyncAnswer {
    const to = { node_id: nodeId, nonce, valid_s: 86_400 };
    return { ...answer, seal: { ...to, ...this.sign(configStatement(answer, to)) } };
  }

  /** Who signed the request with the identity key; gives the nonce that the answer is proved to. */
  verifySigned(call: Incoming, publicKey = this.nodeKey): string | undefined {
    const read = readRequestSignature(call.header('signature-input') ?? '', call.header('signature') ?? '');
    const contentDigest = contentDigestOf(call.body);
    if (!read || publicKey === undefined || call.header('content-digest') !== contentDigest) return undefined;
    if (this.#used.has(read.nonce) || read.keyId !== keyIdOf(publicKey)) return undefined;
    const base = requestSignatureBase({ ...call, ...read, contentDigest });
    if (!verifyText(publicKey, base, Buffer.from(read.signature, 'base64'))) return undefined;
    this.#used.add(read.nonce);
    return read.nonce;
  }

  /** Is the clock of who signed the request too far off? */
  isSkewed(call: Incoming): boolean {
    const read = readRequestSignature(call.header('signature-input') ?? '', call.header('signature') ?? '');
    return this.strictClock && read !== undefined && Math.abs(read.createdS - Date.now() / 1000) > 300;
  }

  newKey(sessionNo: number, nodeExchange: string): SessionKey {
    const half = newPair('x25519');
    this.#generation += 1;
    const generation = this.#generation;
    const info = sessionKeyInfo({
      node: this.nodeId,
      session_no: sessionNo,
      generation,
      node_exchange: nodeExchange,
      exchange: half.publicKey,
    });
    const secret = diffieHellman({
      privateKey: createPrivateKey({
        key: { kty: 'OKP', crv: 'X25519', d: half.privateKey, x: half.publicKey },
        format: 'jwk',
      }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: nodeExchange }, format: 'jwk' }),
    });
    this.#keys.set(`${sessionNo}.${generation}`, Buffer.from(hkdfSync('sha256', secret, '', info, 32)));
    return { exchange: half.publicKey, generation, valid_s: 900, signing_keys: this.published() };
  }

  forgetSessionKeys(): void {
    this.#keys.clear();
  }

  /** A call inside a session; gives what proves its answer. `unknown`: the key of the session is gone. */
  verifyCall(call: Incoming): { sessionNo: number; prove: (status: number, body: string) => string } | 'unknown' | undefined {
    const mac = readCallMac(call.header('authorization') ?? '');
    if (!mac) return undefined;
    const key = this.#keys.get(`${mac.sessionNo}.${mac.generation}`);
    if (!key) return 'unknown';
    const contentDigest = contentDigestOf(call.body);
    const text = callText(mac, { method: call.method, path: call.path, contentDigest });
    const used = `${mac.sessionNo}.${mac.generation}.${mac.counter}`;
    if (createHmac('sha256', key).update(text).digest('base64url') !== mac.mac || this.#used.has(used)) return undefined;
    this.#used.add(used);
    const prove = (status: number, body: string) => {
      const answer = answerText({ to: String(mac.counter), status, bodyDigest: contentDigestOf(body) });
      return writeAnswerProof({ mac: createHmac('sha256', key).update(answer).digest('base64url') });
    };
    return { sessionNo: mac.sessionNo, prove };
  }

  proveSigned(nonce: string, status: number, body: string): string {
    return writeAnswerProof(this.sign(answerText({ to: nonce, status, bodyDigest: contentDigestOf(body) })));
  }
}

/** Does the request prove that its sender holds the token? */
export const provesToken = (
  authorization: string | undefined,
  token: string,
  base: (registration: string) => string,
): boolean => {
  const [, id, proof] = /^Carpool-Token (\S+)\.(\S+)$/.exec(authorization ?? '') ?? [];
  const [, , registration, secret] = token.split('.');
  if (id === undefined || id !== registration || secret === undefined) return false;
  const key = createHash('sha256').update(secret).digest();
  return createHmac('sha256', key).update(base(id)).digest('base64url') === proof;
};
