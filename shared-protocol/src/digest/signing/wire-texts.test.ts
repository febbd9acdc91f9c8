import { expect, it } from 'vitest';
import { callText, readAnswerProof, readCallMac, writeAnswerProof, writeCallMac } from './call-mac.ts';
import { configStatement } from './config-statement.ts';
import { readRegistrationToken, writeRegistrationToken } from './registration-token.ts';
import { readRequestSignature, requestSignatureBase, requestSignatureHeaders } from './request-signature.ts';
import { endorsementStatement, sessionKeyInfo, successionStatement } from './statements.ts';

const keyId = 'ab'.repeat(32);
const request = {
  method: 'post',
  path: '/api/v1/edge-nodes/session',
  contentDigest: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  createdS: 1_795_262_400,
  nonce: 'AAAAAAAAAAAAAAAAAAAAAA',
  keyId,
};

it('writes the signature base of RFC 9421, byte for byte', () => {
  expect(requestSignatureBase(request)).toBe(
    [
      '"@method": POST',
      '"@path": /api/v1/edge-nodes/session',
      '"content-digest": sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
      `"@signature-params": ("@method" "@path" "content-digest");created=1795262400;nonce="AAAAAAAAAAAAAAAAAAAAAA";keyid="${keyId}";alg="ed25519";tag="aicarpool"`,
    ].join('\n'),
  );
});

it('reads back the signature headers that it writes, and nothing that differs in a byte of the profile', () => {
  const signature = `${'A'.repeat(86)}==`;
  const headers = requestSignatureHeaders(request, signature);
  const input = headers['signature-input'] ?? '';
  expect(readRequestSignature(input, headers['signature'] ?? '')).toEqual({
    createdS: request.createdS,
    nonce: request.nonce,
    keyId,
    signature,
  });
  for (const other of [
    input.replace('ed25519', 'hmac-sha256'),
    input.replace('"@path" ', ''),
    input.replace('"@method" "@path"', '"@path" "@method"'),
    input.replace('carpool=', 'sig1='),
    `${input};expires=1`,
    `${input}, b=()`,
  ])
    expect(readRequestSignature(other, headers['signature'] ?? '')).toBeUndefined();
  expect(readRequestSignature(input, 'carpool=:AAAA:')).toBeUndefined();
});

it('says different things for different calls', () => {
  const mac = { nodeId: 'nod_a', sessionNo: 1, generation: 1, counter: 1 };
  const called = { method: 'POST', path: '/api/v1/edge-nodes/sync', contentDigest: 'sha-256=:x:' };
  const texts = [
    callText(mac, called),
    callText({ ...mac, nodeId: 'nod_b' }, called),
    callText({ ...mac, sessionNo: 11, generation: 1 }, called),
    callText({ ...mac, sessionNo: 1, generation: 11 }, called),
    callText({ ...mac, counter: 2 }, called),
    callText(mac, { ...called, method: 'GET' }),
    callText(mac, { ...called, path: '/api/v1/edge-nodes/sync?x' }),
    callText(mac, { ...called, contentDigest: 'sha-256=:y:' }),
  ];
  expect(new Set(texts).size).toBe(texts.length);
  const written = 'm'.repeat(43);
  expect(readCallMac(writeCallMac(mac, written))).toEqual({ ...mac, mac: written });
  for (const bad of [
    '',
    'Bearer x',
    'Carpool-MAC nod_a.1.1.m',
    `Carpool-MAC nod_a.1.1.-1.${written}`,
    `Carpool-MAC usr_a.1.1.1.${written}`,
  ])
    expect(readCallMac(bad)).toBeUndefined();
  for (const proof of [{ mac: written }, { key: keyId, sig: 's'.repeat(86) }])
    expect(readAnswerProof(writeAnswerProof(proof))).toEqual(proof);
  expect(readAnswerProof('hmac short')).toBeUndefined();
});

it('reads a registration token only when it names a control plane', () => {
  const token = { pin: keyId, id: 'reg_0123456789abcdefghjkmnpq', secret: 's'.repeat(43) };
  const text = writeRegistrationToken(token);
  expect(readRegistrationToken(` ${text}\n`)).toEqual(token);
  for (const bad of ['', 'acr_old', text.slice(1), `${text}x`, text.replace('ng1', 'ng2'), text.toUpperCase()])
    expect(readRegistrationToken(bad)).toBeUndefined();
});

it('keeps purposes apart: no text that is signed for one is good for another', () => {
  const content = { node: 'n', from: keyId, key: 'k', sealing_key: 's' };
  const info = sessionKeyInfo({ node: 'n', session_no: 1, generation: 1, node_exchange: 'a', exchange: 'b' });
  const texts = [successionStatement(content), endorsementStatement({ key: 'k', by: 'n' }), info];
  expect(new Set(texts.map((text) => text.split('\n')[0])).size).toBe(texts.length);
});

it('puts everything of an answer into what is signed', () => {
  const change = {
    scope: 'global',
    mode: 'delta' as const,
    from: 1,
    to: 2,
    remove: [['key', 'key_1'] as [string, string]],
    upsert: [{ kind: 'service', id: 'claude', rev: 'r', body: {} }],
    digest: '0'.repeat(32),
    data_keys: [{ version: 1, enc: 'e', ciphertext: 'c' }],
  };
  const answer = { epoch: 'e', head: 2, center_time: 't', more: false, scopes: [change] };
  const to = { node_id: 'nod_a', nonce: 'n', valid_s: 60 };
  const [upsert] = change.upsert;
  const variants = [
    configStatement(answer, to),
    configStatement({ ...answer, epoch: 'f' }, to),
    configStatement({ ...answer, head: 3 }, to),
    configStatement({ ...answer, center_time: 'u' }, to),
    configStatement({ ...answer, more: true }, to),
    configStatement({ ...answer, scopes: [] }, to),
    configStatement(answer, { ...to, node_id: 'nod_b' }),
    configStatement(answer, { ...to, nonce: 'm' }),
    configStatement(answer, { ...to, valid_s: 61 }),
    ...[
      { scope: 'grp_a' },
      { mode: 'full' as const },
      { from: 0 },
      { to: 3 },
      { digest: '1'.repeat(32) },
      { next: 'x' },
      { remove: [] },
      { remove: [['key', 'key_2'] as [string, string]] },
      { upsert: [] },
      { upsert: [{ ...upsert, rev: 's' }] },
      { upsert: [{ ...upsert, id: 'other' }] },
      { upsert: [{ ...upsert, kind: 'key' }] },
      { data_keys: [] },
      { data_keys: [{ version: 2, enc: 'e', ciphertext: 'c' }] },
      { data_keys: [{ version: 1, enc: 'f', ciphertext: 'c' }] },
      { data_keys: [{ version: 1, enc: 'e', ciphertext: 'd' }] },
    ].map((over) => configStatement({ ...answer, scopes: [{ ...change, ...over }] }, to)),
  ];
  expect(new Set(variants).size).toBe(variants.length);
  expect(() => configStatement({ ...answer, scopes: [{ ...change, upsert: [null, 'text', {}] }] }, to)).not.toThrow();
});
