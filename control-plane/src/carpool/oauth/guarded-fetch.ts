import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { mayDial, parseIpAddress } from '@aicarpool/shared-protocol';
import { Unavailable } from '../../kernel/index.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';

const deadlineMs = 15_000;
const longestAnswer = 256 * 1024;

interface Ask {
  readonly method?: string | undefined;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * `fetch` for sign-in endpoints: every address of the host must be allowed, the connection goes to those addresses and
 * no other (a name that changes in between leads nowhere), redirects are not followed, answers are bounded in time and size.
 */
export function guardedFetch(policy: AddressPolicy): (url: string, ask: Ask) => Promise<Response> {
  return async (text, ask) => {
    const url = new URL(text);
    const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
    const addresses = parseIpAddress(host) ? [host] : await policy.resolve(host);
    const verdict = mayDial(url.protocol, addresses, policy.allowed);
    if (!verdict.ok) {
      throw new Unavailable('sign_in_address_not_allowed', 'the sign-in endpoint leads where upstreams may not lie', {
        reason: verdict.reason,
      });
    }
    return await send(url, addresses, ask);
  };
}

async function send(url: URL, addresses: readonly string[], ask: Ask): Promise<Response> {
  const body = ask.body === undefined || ask.body === null ? undefined : Buffer.from(String(ask.body));
  const headers = Object.fromEntries(new Headers(ask.headers));
  const late = AbortSignal.timeout(deadlineMs);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
    method: ask.method ?? 'GET',
    headers: body ? { ...headers, 'content-length': String(body.byteLength) } : headers,
    agent: false,
    lookup: pinnedLookup(addresses),
    signal: ask.signal ? AbortSignal.any([ask.signal, late]) : late,
  });
  outgoing.once('response', resolve).once('error', reject);
  outgoing.end(body);
  const answer = await promise;
  const bytes = await readBounded(answer);
  const status = answer.statusCode ?? 502;
  const type = answer.headers['content-type'];
  return new Response(status === 204 || status === 304 ? null : new Uint8Array(bytes), {
    status,
    headers: type === undefined ? {} : { 'content-type': type },
  });
}

async function readBounded(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.byteLength;
    if (length > longestAnswer) throw new Error('the answer of the sign-in endpoint is too long');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    const [first] = found;
    if (!first) done(new Error('no address'), '', 4);
    else if (options.all) done(null, found);
    else done(null, first.address, first.family);
  };
}
