import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Reply } from '../exchange.ts';
import { hideSecret } from './hide-secret.ts';

const secret = 'sk-canary-"0001"';
const request = {} as Reply['request'];
const replyOf = (text: string): Reply => ({ status: 401, headers: {}, body: Buffer.from(text), request });

it('takes a repeated credential out of an error, also as JSON writes it', () => {
  const said = JSON.stringify({ error: { message: `Incorrect API key provided: ${secret}.` } });
  expect(JSON.parse(hideSecret(replyOf(said), secret).body.toString())).toEqual({
    error: { message: 'Incorrect API key provided: [credential].' },
  });
  expect(hideSecret(replyOf(`no ${secret}`), secret).body.toString()).toBe('no [credential]');
});

it('finds it in an encoded error, which then leaves in clear', () => {
  const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' };
  const packed = { ...replyOf(''), headers, body: gzipSync(`no ${secret}`) };
  expect(hideSecret(packed, secret)).toMatchObject({ headers: { 'content-type': 'text/plain' } });
  expect(hideSecret(packed, secret).headers).not.toHaveProperty('content-encoding');
  expect(hideSecret(packed, secret).body.toString()).toBe('no [credential]');
});

it('leaves everything else as it came', () => {
  const plain = replyOf('{"error":{"message":"overloaded"}}');
  expect(hideSecret(plain, secret)).toBe(plain);
  expect(hideSecret(plain, undefined)).toBe(plain);
  expect(hideSecret(replyOf('bad'), 'bad').body.toString()).toBe('bad');
});
