import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Refusal } from '@aicarpool/shared-protocol';
import type { Agent } from '../agent.ts';
import { type BodyReading, type BodySource, readBody } from './read-body.ts';

const MiB = 1024 * 1024;
/** JSON does not shrink further than this; below `smallBytes` nobody minds. */
const ratioAtMost = 200;
const smallBytes = MiB;

type Decode = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
]);

/** The whole request body in clear, however the caller packed it; the account gets it in clear as well. */
export function readClearBody(agent: Agent, on: BodySource): Promise<BodyReading> {
  const encoding = on.request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity' ? readBody(agent, on) : readPackedBody(agent, on, encoding);
}

async function readPackedBody(agent: Agent, on: BodySource, encoding: string): Promise<BodyReading> {
  const decode = decoders.get(encoding);
  if (!decode) return { ok: false, refusal: unknownEncoding };
  const reading = await readBody(agent, on);
  if (!reading.ok) return reading;
  const { body } = reading;
  const { load, limits } = agent;
  const roomBytes = Math.min(limits.bodyBytes, Math.max(smallBytes, body.length * ratioAtMost));
  if (load.bufferedBytes + roomBytes > limits.bufferedBytes) {
    load.bufferedBytes -= body.length;
    return { ok: false, refusal: full };
  }
  load.bufferedBytes += roomBytes - body.length;
  let heldBytes = 0;
  try {
    const clear = await decode(body, { maxOutputLength: roomBytes });
    heldBytes = clear.length;
    if (on.link.gone) heldBytes = 0;
    return on.link.gone ? { ok: false, refusal: undefined } : { ok: true, body: clear };
  } catch (error) {
    return { ok: false, refusal: isTooLarge(error) ? tooLarge : undecodable };
  } finally {
    load.bufferedBytes += heldBytes - roomBytes;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

const full: Refusal = {
  code: 'node_busy',
  message: 'this node holds as many request bodies as it can; try again',
  retryAfterSeconds: 1,
};
const unknownEncoding: Refusal = {
  code: 'body_malformed',
  message: 'this content-encoding is not read here; send the body plain, or as gzip, deflate, br or zstd',
};
const undecodable: Refusal = { code: 'body_malformed', message: 'the request body is not what its content-encoding says' };
const tooLarge: Refusal = { code: 'body_too_large', message: 'the request body is too large once it is decoded' };
