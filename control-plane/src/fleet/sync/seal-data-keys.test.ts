import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import { expect, it } from 'vitest';
import { sealDataKeys } from './seal-data-keys.ts';

/** RFC 9180 base mode (X25519, HKDF-SHA256, AES-256-GCM) out of node:crypto alone, as a node without the library would do it. */
function open(privateKey: Buffer, publicKey: Buffer, enc: Buffer, sealed: Buffer, info: string): Buffer {
  const kem = Buffer.concat([Buffer.from('KEM'), Buffer.from([0, 0x20])]);
  const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.from([0, 0x20, 0, 1, 0, 2])]);
  const extract = (salt: Buffer, id: Buffer, label: string, ikm: Buffer) =>
    createHmac('sha256', salt)
      .update(Buffer.concat([Buffer.from('HPKE-v1'), id, Buffer.from(label), ikm]))
      .digest();
  const expand = (prk: Buffer, id: Buffer, label: string, context: Buffer, length: number) => {
    const length2 = Buffer.from([length >> 8, length & 255]);
    const labeled = Buffer.concat([length2, Buffer.from('HPKE-v1'), id, Buffer.from(label), context]);
    return createHmac('sha256', prk)
      .update(Buffer.concat([labeled, Buffer.from([1])]))
      .digest()
      .subarray(0, length);
  };
  const none = Buffer.alloc(0);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey]);
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), enc]);
  const dh = diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
  const shared = expand(extract(none, kem, 'eae_prk', dh), kem, 'shared_secret', Buffer.concat([enc, publicKey]), 32);
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(none, suite, 'psk_id_hash', none),
    extract(none, suite, 'info_hash', Buffer.from(info)),
  ]);
  const secret = extract(shared, suite, 'secret', none);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    expand(secret, suite, 'key', context, 32),
    expand(secret, suite, 'base_nonce', context, 12),
  );
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

it('seals a data key to one node, one scope and one version', async () => {
  const pair = generateKeyPairSync('x25519');
  const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const key = randomBytes(32);
  const [sealed] = await sealDataKeys({ id: 'nod_a', sealingKey: publicKey.toString('base64url') }, 'grp_a', [
    { version: 3, key },
  ]);
  const enc = Buffer.from(sealed?.enc ?? '', 'base64');
  const ciphertext = Buffer.from(sealed?.ciphertext ?? '', 'base64');

  expect(sealed?.version).toBe(3);
  expect(open(privateKey, publicKey, enc, ciphertext, 'nod_a|grp_a|3')).toEqual(key);
  for (const info of ['nod_b|grp_a|3', 'nod_a|grp_b|3', 'nod_a|grp_a|2']) {
    expect(() => open(privateKey, publicKey, enc, ciphertext, info)).toThrow();
  }
});
