import { randomBytes } from 'node:crypto';
import { sealedSecret } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { hintOf, readSecret } from './read-secret.ts';
import { openCredential, sealCredential } from './seal-credential.ts';

const dataKey = { version: 3, key: randomBytes(32) };
const owner = { upstreamId: 'ups_one', groupId: 'grp_one' };

describe('sealCredential', () => {
  it('is opened by the same key for the same account', () => {
    const sealed = sealedSecret.parse(sealCredential(dataKey, owner, 'sk-secret'));
    expect(sealed.key_version).toBe(3);
    expect(JSON.stringify(sealed)).not.toContain('sk-secret');
    expect(openCredential(dataKey, owner, sealed)).toBe('sk-secret');
  });

  it('does not open for another account, another group, another key, or when it was changed', () => {
    const sealed = sealCredential(dataKey, owner, 'sk-secret');
    expect(() => openCredential(dataKey, { ...owner, upstreamId: 'ups_two' }, sealed)).toThrow();
    expect(() => openCredential(dataKey, { ...owner, groupId: 'grp_two' }, sealed)).toThrow();
    expect(() => openCredential({ version: 3, key: randomBytes(32) }, owner, sealed)).toThrow();
    const bytes = Buffer.from(sealed.ciphertext, 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(() => openCredential(dataKey, owner, { ...sealed, ciphertext: bytes.toString('base64') })).toThrow();
  });

  it('never seals the same secret to the same text', () => {
    expect(sealCredential(dataKey, owner, 'x').ciphertext).not.toBe(sealCredential(dataKey, owner, 'x').ciphertext);
  });
});

describe('readSecret', () => {
  it('takes the text, or an object that holds it', () => {
    for (const credential of ['sk-1', { api_key: 'sk-1' }, { access_token: 'sk-1' }, { token: 'sk-1' }]) {
      expect(readSecret(credential)).toBe('sk-1');
    }
  });

  it.each(['sk 1', 'sk\n1', 'sk\r\nx-evil: 1', 'schlüssel', ''])('refuses %j without repeating it', (secret) => {
    expect(() => readSecret(secret)).toThrow(expect.objectContaining({ code: 'credential_malformed' }));
    if (secret !== '') expect(() => readSecret(secret)).not.toThrow(secret);
  });

  it('makes one line of keys that have several parts, pasted or given as an object', () => {
    const file = { type: 'service_account', client_email: 'a@b', private_key: '-----BEGIN KEY-----\nabc\n', note: 'ü' };
    const pasted = readSecret(JSON.stringify(file, null, 2));
    expect(JSON.parse(pasted)).toEqual(file);
    expect(pasted).not.toMatch(/[^\x20-\x7e]/);
    expect(readSecret({ ...file, type: 'service_account' })).toBe(pasted);
    expect(JSON.parse(readSecret({ access_key_id: 'AK', secret_access_key: 's' }))).toEqual({
      access_key_id: 'AK',
      secret_access_key: 's',
    });
    expect(hintOf(pasted)).toBeNull();
    expect(() => readSecret('{"type": ')).toThrow(expect.objectContaining({ code: 'credential_malformed' }));
  });

  it('shows four characters of a long secret and nothing of a short one', () => {
    expect(hintOf('sk-ant-123456')).toBe('3456');
    expect(hintOf('short-one12')).toBeNull();
  });
});
