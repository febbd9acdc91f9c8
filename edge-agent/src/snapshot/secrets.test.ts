import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { ConfigSource } from '../../test/config-source.ts';
import { Secrets } from './secrets.ts';

function newNode(nodeId: string) {
  const { privateKey } = generateKeyPairSync('x25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  return { nodeId, privateKey: d, publicKey: x };
}

async function sealedFor(nodeId: string, publicKey: string) {
  const source = new ConfigSource();
  source.put('grp_a', 'group', 'grp_a', {});
  await source.sealTo('grp_a', nodeId, publicKey);
  const [change] = source.answer({ epoch: '', have: { base: 0, except: {} }, digests: {} }).scopes;
  const [dataKey] = change?.data_keys ?? [];
  if (!dataKey) throw new Error('nothing was sealed');
  return { dataKey, secret: source.sealSecret('grp_a', 'ups_1', 'sk-ant-very-secret') };
}

test('opens what was sealed to this node, for this group and this account only', async () => {
  const node = newNode('nod_1');
  const { dataKey, secret } = await sealedFor('nod_1', node.publicKey);
  const secrets = new Secrets(node);
  expect(await secrets.learn('grp_a', dataKey)).toBe(true);
  expect(secrets.open('grp_a', 'ups_1', secret)).toBe('sk-ant-very-secret');
  expect(secrets.open('grp_a', 'ups_2', secret)).toBeUndefined();
  expect(secrets.open('grp_b', 'ups_1', secret)).toBeUndefined();
  expect(secrets.open('grp_a', 'ups_1', { ...secret, key_version: 2 })).toBeUndefined();
  expect(secrets.open('grp_a', 'ups_1', { ...secret, ciphertext: secret.ciphertext.slice(4) })).toBeUndefined();
  secrets.forget('grp_a');
  expect(secrets.open('grp_a', 'ups_1', secret)).toBeUndefined();
});

test('a key sealed to another node, another group or another version does not open', async () => {
  const node = newNode('nod_1');
  const { dataKey } = await sealedFor('nod_1', node.publicKey);
  expect(await new Secrets({ ...node, nodeId: 'nod_2' }).learn('grp_a', dataKey)).toBe(false);
  expect(await new Secrets(node).learn('grp_b', dataKey)).toBe(false);
  expect(await new Secrets(node).learn('grp_a', { ...dataKey, version: 2 })).toBe(false);
  expect(await new Secrets(newNode('nod_1')).learn('grp_a', dataKey)).toBe(false);
});
