import { describe, expect, it } from 'vitest';
import type { Meter } from '../dialect.ts';
import { dialectModules } from '../index.ts';
import { MAX_LINE_BYTES } from '../sse/sse-reader.ts';
import { endpointOf } from '../test/endpoint-of.ts';

function meterOf(path: string, stream = true, contentType = 'application/json'): Meter {
  const endpoint = endpointOf('POST', path);
  const facts = { model: 'asked', stream, maxOutputTokens: null };
  return dialectModules[endpoint.dialect].newMeter({ endpoint, facts, httpStatus: 200, contentType });
}

const gemini = '/v1beta/models/g:streamGenerateContent?alt=sse';
const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 1290, totalTokenCount: 1293 };

describe('AnswerMeter', () => {
  it('reads usage behind an image that is longer than a line may be', () => {
    const parts = [{ inlineData: { mimeType: 'image/png', data: 'A'.repeat(2 * MAX_LINE_BYTES) } }];
    const event = `data: ${JSON.stringify({ candidates: [{ content: { parts }, finishReason: 'STOP' }], usageMetadata })}\r\n\r\n`;
    for (const size of [event.length, 65_536]) {
      const meter = meterOf(gemini);
      let isHeld = false;
      for (let at = 0; at < event.length; at += size) isHeld = meter.push(Buffer.from(event.slice(at, at + size)));
      expect(isHeld).toBe(true);
      expect(meter.end('end')).toMatchObject({ estimated: false, complete: true, usage: { input: 3, output: 1290 } });
    }
  });

  it('reads usage at the end of a body of any size', () => {
    const meter = meterOf('/v1/chat/completions', false);
    meter.push(Buffer.from('{"choices":[{"message":{"content":"'));
    for (let i = 0; i < 160; i++) expect(meter.push(Buffer.alloc(65_536, 0x61))).toBe(false);
    expect(meter.push(Buffer.from('"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9}}'))).toBe(false);
    expect(meter.end('end')).toMatchObject({ usage: { input: 1, output: 9 }, estimated: false, complete: true });
  });

  it('reads JSON that came where a stream was asked for, and never holds it', () => {
    const meter = meterOf('/v1/messages');
    const body = { type: 'message', model: 'm', stop_reason: 'end_turn', usage: { input_tokens: 2, output_tokens: 3 } };
    expect(meter.push(Buffer.from(JSON.stringify(body)))).toBe(false);
    expect(meter.end('end')).toMatchObject({ usage: { input: 2, output: 3 }, estimated: false, complete: true });
  });

  it('knows between which bytes an error may still be written', () => {
    const stream = meterOf('/v1/messages', true, 'text/event-stream; charset=utf-8');
    expect(stream.atBoundary()).toBe(true);
    expect(meterOf('/v1beta/models/g:streamGenerateContent').atBoundary()).toBe(false);
    stream.push(Buffer.from('event: ping\ndata: {"type":"ping"}\n'));
    expect(stream.atBoundary()).toBe(false);
    stream.push(Buffer.from('\n'));
    expect(stream.atBoundary()).toBe(true);

    const array = meterOf('/v1beta/models/g:streamGenerateContent');
    const seen = ['[', '{"candidates":[]', '}', '\n', ','].map((text) => {
      array.push(Buffer.from(text));
      return array.atBoundary();
    });
    expect(seen).toEqual([false, false, true, true, false]);

    const body = meterOf('/v1/messages', false);
    body.push(Buffer.from('{"type":"message"}'));
    expect(body.atBoundary()).toBe(false);
  });

  it('survives rubbish of every kind without a throw', () => {
    const rubbish = [
      'data: {\n\n',
      'data: [[[\n\n',
      '{"usage":',
      '[1,2',
      '\u0000\u0001',
      'data: null\n\n',
      'data: "x"\n\n',
      '{"usage":[],"choices":{}}',
    ];
    for (const path of ['/v1/messages', '/v1/chat/completions', '/v1/responses', gemini]) {
      for (const text of rubbish) {
        const meter = meterOf(path);
        meter.push(Buffer.from(text));
        const { usage } = meter.end('end');
        expect([usage.input, usage.output], `${path} ${text}`).toEqual([0, 0]);
      }
    }
  });
});
