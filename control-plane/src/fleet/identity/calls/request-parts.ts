import { createHash } from 'node:crypto';
import { type RequestSignature, readRequestSignature, requestSignatureBase } from '@aicarpool/shared-protocol';
import type { Context } from 'hono';
import { Unauthenticated } from '../../../kernel/errors.ts';

const mount = '/edge-nodes/';

/** The path that nodes sign: from `/api/v1/edge-nodes/` on, whatever stands in front of it, with the query. */
export function signedPath(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  const at = pathname.indexOf(mount);
  return `/api/v1${at < 0 ? pathname : pathname.slice(at)}${search}`;
}

export function contentDigestOf(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** Throws 401 unless the body is the one that the header speaks of. Reads it only now: the header was proved before. */
export async function assertBody(c: Context, contentDigest: string): Promise<void> {
  const body = c.req.method === 'GET' ? new Uint8Array(0) : new Uint8Array(await c.req.arrayBuffer());
  if (contentDigestOf(body) === contentDigest) return;
  throw new Unauthenticated('body_altered', 'the body is not the one that was signed');
}

export interface SignedRequest extends RequestSignature {
  readonly signature: Buffer;
  /** What the signature is over. */
  readonly base: string;
}

/** The signature of a request, not verified yet; undefined: there is none of our profile. */
export function readSignedRequest(c: Context): SignedRequest | undefined {
  const contentDigest = c.req.header('content-digest');
  const read = readRequestSignature(c.req.header('signature-input') ?? '', c.req.header('signature') ?? '');
  if (!read || contentDigest === undefined || contentDigest.length > 200) return undefined;
  const { signature, ...named } = read;
  const request = { ...named, method: c.req.method, path: signedPath(c), contentDigest };
  return { ...request, signature: Buffer.from(signature, 'base64'), base: requestSignatureBase(request) };
}
