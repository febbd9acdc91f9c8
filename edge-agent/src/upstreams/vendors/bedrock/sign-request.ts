import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { VendorRequest } from '../vendor.ts';
import type { AwsCredential } from './aws-credential.ts';

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, and HMAC where a key is given, from the machine's own library. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: Source) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: Source): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}

/** Headers that may change on the way, or that the signature has no use for. */
const unsigned: ReadonlySet<string> = new Set(['user-agent', 'accept-encoding']);

/** Signs with AWS Signature Version 4; the region is read from the host: `bedrock-runtime.eu-west-1.amazonaws.com`. */
export async function signRequest(request: VendorRequest, credential: AwsCredential): Promise<VendorRequest> {
  const { hostname, host, protocol } = new URL(request.origin);
  const signer = new SignatureV4({
    service: 'bedrock',
    region: hostname.split('.').at(1) ?? 'us-east-1',
    credentials: {
      accessKeyId: credential.access_key_id,
      secretAccessKey: credential.secret_access_key,
      ...(credential.session_token === undefined ? {} : { sessionToken: credential.session_token }),
    },
    sha256: Sha256,
  });
  const kept: string[] = [];
  const headers: Record<string, string> = { host };
  for (let at = 0; at + 1 < request.headers.length; at += 2) {
    const [name = '', value = ''] = request.headers.slice(at, at + 2);
    if (unsigned.has(name)) kept.push(name, value);
    else headers[name] = value;
  }
  const signed = await signer.sign(
    { method: 'POST', protocol, hostname, path: request.path, query: {}, headers, body: request.body },
    { signingDate: new Date(request.nowMs) },
  );
  for (const [name, value] of Object.entries(signed.headers)) kept.push(name.toLowerCase(), value);
  return { ...request, headers: kept };
}
