import type { IncomingHttpHeaders } from 'node:http';
import { dialectModules, type MeterReading } from '../../../dialects/index.ts';
import type { Attempt } from '../../exchange.ts';
import type { UpstreamRequest } from '../../upstream-request.ts';

const bodyAtMost = 1024 * 1024;

export type Answer =
  | {
      readonly ok: true;
      readonly httpStatus: number;
      readonly firstByteAtMs: number;
      readonly body: Buffer;
      readonly reading: MeterReading;
      /** For the judgement of the account. */
      readonly said: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
    }
  | { readonly ok: false; readonly error: Error; readonly sent: boolean };

/** Sends a request and reads its answer whole, within a deadline and a bound. Does not reject. */
export async function ask(
  request: UpstreamRequest,
  { candidate, facts }: Attempt,
  { untilMs, nowMs }: { readonly untilMs: number; readonly nowMs: () => number },
): Promise<Answer> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(untilMs - performance.now())));
  try {
    const answer = await request.dispatcher.request({ ...request.options, signal });
    const firstByteAtMs = nowMs();
    const bytes = await readBounded(answer.body);
    const { statusCode: httpStatus, headers } = answer;
    const body = request.unwrap && httpStatus < 300 ? request.unwrap(bytes) : bytes;
    const contentType = String(headers['content-type'] ?? '');
    const meter = dialectModules[candidate.dialect].newMeter({ endpoint: request.endpoint, facts, httpStatus, contentType });
    meter.push(body);
    const said = { status: httpStatus, headers, body: bytes.toString('utf8') };
    return { ok: true, httpStatus, firstByteAtMs, body, reading: meter.end('end'), said };
  } catch (error) {
    const timedOut = signal.aborted;
    const known = error instanceof Error ? error : new Error('failed');
    return { ok: false, error: timedOut ? Object.assign(new Error('late'), { code: 'ETIMEDOUT' }) : known, sent: true };
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.byteLength;
    if (length > bodyAtMost) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
