import { isDeepStrictEqual } from 'node:util';
import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../../src/dialects/index.ts';
import { findTranslation } from '../../src/translate/table.ts';
import { type Canonical, canonicalOf } from './canonical.ts';
import { framesIn, sameBodies, sameStreams, streamOf } from './mutations.ts';
import { type RecordedAnswer, recordedAnswers } from './recorded.ts';

const paths: Record<Dialect, (stream: boolean) => string> = {
  'anthropic-messages': () => '/v1/messages',
  'openai-chat': () => '/v1/chat/completions',
  'openai-responses': () => '/v1/responses',
  gemini: (stream) => `/v1beta/models/m:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
};
const request = { stream_options: { include_usage: true } };

function said(caller: Dialect, upstream: Dialect, text: string | Buffer, stream: boolean, how: 'end' | 'cut' = 'end'): Canonical {
  const reading = readEndpoint('POST', paths[caller](stream), {});
  const translation = findTranslation(caller, upstream);
  if (!reading.ok || !translation) throw new Error('no such pair');
  const answer = translation.newAnswer({ endpoint: reading.endpoint, request, model: 'm', stream, requestId: 'r', nowMs: 0 });
  const bytes = Buffer.from(text);
  let out = '';
  // Odd pieces: they end inside characters, lines and events.
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 1009) {
    out += answer.push(bytes.subarray(at, at + size));
  }
  return canonicalOf(caller, out + answer.end(how), stream);
}

/** Signatures wrap their thinking byte for byte: members in another order make others of them. */
const meaning = ({ proofs, ...rest }: Canonical) => ({ ...rest, proofs: proofs.length });

const isClean = ({ id, expected }: RecordedAnswer) => !id.startsWith('odd-') && !expected.error && expected.stop !== null;

/** Early Gemini said STOP with every chunk: its last one cannot be told from the others. */
const saysStopEarly = ({ body }: RecordedAnswer) => body.toString().split('"finishReason"').length > 2;

for (const upstream of dialects) {
  const recorded = recordedAnswers(upstream).filter((one) => isClean(one) && one.body.length < 100_000);
  describe.skipIf(recorded.length === 0)(`answers of ${upstream} as nobody recorded them (skipped without recordings)`, () => {
    for (const caller of dialects.filter((one) => one !== upstream)) {
      it(`mean the same to callers of ${caller}`, () => {
        const different: string[] = [];
        for (const { id, body, stream } of recorded) {
          const frames = framesIn(body.toString());
          if (stream && frames.length === 0) continue;
          const changed = stream ? sameStreams(upstream, frames) : sameBodies(JSON.parse(body.toString()));
          const known = meaning(said(caller, upstream, stream ? streamOf(frames) : body.toString(), stream));
          for (const [how, text] of Object.entries(changed)) {
            const now = meaning(said(caller, upstream, text, stream));
            if (!isDeepStrictEqual(now, known)) {
              different.push(`${id}: ${how}\n${JSON.stringify(known).slice(0, 600)}\n${JSON.stringify(now).slice(0, 600)}`);
            }
          }
        }
        expect(different).toEqual([]);
      });

      it(`never seem complete to callers of ${caller} when they are cut`, () => {
        const different: string[] = [];
        for (const { id, body, stream } of recorded.filter((one) => !saysStopEarly(one))) {
          const whole = meaning(said(caller, upstream, body, stream));
          for (let part = 1; part < 24; part++) {
            const cut = body.subarray(0, Math.floor((body.length * part) / 24));
            const now = meaning(said(caller, upstream, cut, stream, part % 2 === 0 ? 'cut' : 'end'));
            const isSame = isDeepStrictEqual([now.text, now.toolCalls, now.stop], [whole.text, whole.toolCalls, whole.stop]);
            if (!now.error && !isSame) different.push(`${id} ${part}: ${JSON.stringify(now).slice(0, 300)}`);
          }
        }
        expect(different).toEqual([]);
      });
    }
  });
}
