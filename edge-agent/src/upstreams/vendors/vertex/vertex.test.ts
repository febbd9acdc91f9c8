import { generateKeyPairSync } from 'node:crypto';
import { importSPKI, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { findHeader } from '../header-list.ts';
import type { VendorRequest } from '../vendor.ts';
import { vertex } from './vertex.ts';

const base = '/v1/projects/p-1/locations/us-east5';
const request: VendorRequest = {
  origin: 'https://us-east5-aiplatform.googleapis.com',
  path: `${base}/v1/messages?beta=true`,
  headers: ['content-type', 'application/json', 'authorization', 'Bearer token'],
  body: Buffer.from('{"model":"claude","stream":true,"max_tokens":9}'),
  dialect: 'anthropic-messages',
  model: 'claude-sonnet-4-5@20250929',
  stream: true,
  secret: 'token',
  nowMs: Date.parse('2026-11-21T10:00:00.000Z'),
};
const adapt = async (more: Partial<VendorRequest> = {}) => (await vertex.adaptRequest?.({ ...request, ...more })) ?? request;

describe('a request to Vertex', () => {
  it('names publisher, model and verb in the path; Anthropic bodies carry the API version', async () => {
    const adapted = await adapt();
    expect(adapted.path).toBe(`${base}/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict`);
    expect(JSON.parse(adapted.body.toString())).toEqual({ anthropic_version: 'vertex-2023-10-16', stream: true, max_tokens: 9 });
    expect((await adapt({ stream: false })).path).toMatch(/:rawPredict$/);
  });

  it('counts tokens at the address that Vertex has for it', async () => {
    const adapted = await adapt({ path: `${base}/v1/messages/count_tokens?beta=true`, stream: false });
    expect(adapted.path).toBe(`${base}/publishers/anthropic/models/count-tokens:rawPredict`);
    expect(JSON.parse(adapted.body.toString())).toMatchObject({ model: 'claude' });
  });

  it('leaves the body of a Gemini request alone', async () => {
    const path = `${base}/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse`;
    const adapted = await adapt({ dialect: 'gemini', path });
    expect(adapted.path).toBe(`${base}/publishers/google/models/gemini-3-pro:streamGenerateContent?alt=sse`);
    expect(adapted.body).toBe(request.body);
    expect(findHeader(adapted.headers, 'authorization')).toBe('Bearer token');
  });

  it('is borne by a token that the service account signed itself, kept until shortly before its end', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const secret = JSON.stringify({
      type: 'service_account',
      client_email: 'node@p-1.iam.gserviceaccount.com',
      private_key_id: 'k1',
      private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    const tokenAt = async (nowMs: number) =>
      findHeader((await adapt({ secret, nowMs })).headers, 'authorization')?.slice(7) ?? '';
    const token = await tokenAt(request.nowMs);
    const key = await importSPKI(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'RS256');
    const { payload, protectedHeader } = await jwtVerify(token, key, { currentDate: new Date(request.nowMs) });
    expect(protectedHeader.kid).toBe('k1');
    expect(payload).toMatchObject({ iss: payload.sub, aud: 'https://aiplatform.googleapis.com/' });
    expect(await tokenAt(request.nowMs + 3_000_000)).toBe(token);
    expect(await tokenAt(request.nowMs + 3_400_000)).not.toBe(token);
  });
});
