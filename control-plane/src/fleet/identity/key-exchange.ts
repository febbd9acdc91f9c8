import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { sessionKeyInfo } from '@aicarpool/shared-protocol';
import { Invalid } from '../../kernel/errors.ts';

/** Makes our half of a session key and the key itself. Throws Invalid for a node half that gives none. */
export function exchangeKeys(about: {
  readonly nodeId: string;
  readonly sessionNo: number;
  readonly generation: number;
  readonly nodeExchange: string;
}): { readonly exchange: string; readonly key: Buffer } {
  const { nodeId, sessionNo, generation, nodeExchange } = about;
  const { d, x: exchange } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || exchange === undefined) throw new Error('this platform cannot make X25519 keys');
  const info = sessionKeyInfo({ node: nodeId, session_no: sessionNo, generation, node_exchange: nodeExchange, exchange });
  try {
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: exchange }, format: 'jwk' }),
      publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: nodeExchange }, format: 'jwk' }),
    });
    return { exchange, key: Buffer.from(hkdfSync('sha256', secret, '', info, 32)) };
  } catch {
    throw new Invalid('exchange_malformed', 'exchange must be an X25519 public key as base64url of its 32 bytes');
  }
}
