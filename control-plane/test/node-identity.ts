import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import {
  callText,
  joinStatement,
  readRegistrationToken,
  requestSignatureBase,
  requestSignatureHeaders,
  type SessionKey,
  sessionKeyInfo,
  writeCallMac,
} from '@aicarpool/shared-protocol';
import { type KeyPair, keyIdOf, newIdentityPair, signText } from '../src/fleet/identity/ed25519.ts';

export const digestOf = (body: string | Buffer): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

export interface HalfKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

export function newExchange(): HalfKey {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { privateKey: d, publicKey: x };
}

/** The node's side of identity, as the contract says it and nothing more. `over` spoils a part, for tests of refusals. */
export class NodeIdentity {
  nodeId = '';
  pair: KeyPair;
  sessionNo = 0;
  generation = 0;
  counter = 0;
  key: Buffer = Buffer.alloc(32);
  nowS: () => number;

  constructor(pair: KeyPair = newIdentityPair(), nowS: () => number = () => Math.floor(Date.now() / 1000)) {
    this.pair = pair;
    this.nowS = nowS;
  }

  /** Headers of a request that is signed with the identity key. */
  signed(
    method: string,
    path: string,
    body: string | Buffer,
    over: { createdS?: number; nonce?: string } = {},
  ): Record<string, string> {
    const request = {
      method,
      path: `/api/v1/edge-nodes${path}`,
      contentDigest: digestOf(body),
      createdS: over.createdS ?? this.nowS(),
      nonce: over.nonce ?? randomBytes(16).toString('base64url'),
      keyId: keyIdOf(this.pair.publicKey),
    };
    const signature = signText(this.pair, requestSignatureBase(request));
    return requestSignatureHeaders(request, signature.toString('base64'));
  }

  /** Headers of a registration that proves its token without sending it. */
  joining(token: string, body: string): Record<string, string> {
    const read = readRegistrationToken(token);
    if (!read) throw new Error('not a registration token');
    const headers = this.signed('POST', '/register', body);
    const base = baseOf('POST', '/register', headers);
    const key = createHash('sha256').update(read.secret).digest();
    const proof = createHmac('sha256', key)
      .update(joinStatement({ registration: read.id, base }))
      .digest('base64url');
    return { ...headers, authorization: `Carpool-Token ${read.id}.${proof}` };
  }

  take(half: HalfKey, sessionNo: number, given: SessionKey): void {
    const { exchange, generation } = given;
    const info = sessionKeyInfo({
      node: this.nodeId,
      session_no: sessionNo,
      generation,
      node_exchange: half.publicKey,
      exchange,
    });
    const secret = diffieHellman({
      privateKey: createPrivateKey({
        key: { kty: 'OKP', crv: 'X25519', d: half.privateKey, x: half.publicKey },
        format: 'jwk',
      }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: exchange }, format: 'jwk' }),
    });
    this.key = Buffer.from(hkdfSync('sha256', secret, '', info, 32));
    this.sessionNo = sessionNo;
    this.generation = generation;
    this.counter = 0;
  }

  /** Headers of a call inside the session. */
  call(method: string, path: string, body: string | Buffer, over: { counter?: number } = {}): Record<string, string> {
    this.counter += 1;
    const counter = over.counter ?? this.counter;
    const mac = { nodeId: this.nodeId, sessionNo: this.sessionNo, generation: this.generation, counter };
    const contentDigest = digestOf(body);
    const text = callText(mac, { method, path: `/api/v1/edge-nodes${path}`, contentDigest });
    const authorization = writeCallMac(mac, createHmac('sha256', this.key).update(text).digest('base64url'));
    return { authorization, 'content-digest': contentDigest };
  }
}

function baseOf(method: string, path: string, headers: Record<string, string>): string {
  const parameters = headers['signature-input']?.replace('carpool=', '') ?? '';
  return [
    `"@method": ${method}`,
    `"@path": /api/v1/edge-nodes${path}`,
    `"content-digest": ${headers['content-digest']}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
}
