import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dialect } from '@aicarpool/shared-protocol';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEndpoint } from '../../src/dialects/index.ts';
import { findTranslation } from '../../src/translate/table.ts';
import { type RecordedAnswer, recordedAnswers } from './recorded.ts';

const upstreams: readonly Dialect[] = ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'];

/** Answers every request with the recorded answer of its turn, translated for who asks. */
let turn: { readonly one: RecordedAnswer; readonly to: Dialect } | undefined;
let server: Server;
let base = '';

beforeAll(async () => {
  server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const reading = readEndpoint('POST', req.url ?? '', req.headers);
      if (!reading.ok || !turn) throw new Error(reading.ok ? 'no turn' : reading.refusal.message);
      const request = JSON.parse(Buffer.concat(chunks).toString());
      const translation = findTranslation(reading.endpoint.dialect, turn.to);
      const stream = reading.endpoint.streamInPath ?? request.stream === true;
      const input = { endpoint: reading.endpoint, request, model: 'asked', stream, requestId: 'req_1', nowMs: 0 };
      const translator = translation?.newAnswer(input);
      res.setHeader('content-type', translator?.contentType ?? '');
      for (let at = 0; at < turn.one.body.length; at += 500)
        res.write(translator?.push(turn.one.body.subarray(at, at + 500)) ?? '');
      res.end(translator?.end('end'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

function whole(dialect: Dialect) {
  const isWhole = ({ expected }: RecordedAnswer) => !expected.error && !expected.incomplete && expected.stop !== null;
  return recordedAnswers(dialect).filter((one) => isWhole(one) && one.expected.stop !== 'content_filter');
}

const calls = ({ expected }: RecordedAnswer) =>
  expected.toolCalls.filter(({ args }: { args: Record<string, unknown> }) => args?.['_invalid_json'] === undefined).length;

for (const to of upstreams) {
  const answers = whole(to).map((one) => [one.id, one] as const);
  describe.skipIf(answers.length === 0)(`recorded answers of ${to}`, () => {
    it.each(to === 'openai-responses' ? [] : answers)('are read by the OpenAI SDK: %s', async (_id, one) => {
      turn = { one, to };
      const client = new OpenAI({ apiKey: 'k', baseURL: `${base}/v1`, maxRetries: 0 });
      const final = await client.responses.stream({ model: 'asked', input: 'hi' }).finalResponse();
      expect(final.output_text).toBe(one.expected.text);
      expect(final.output.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call')).toHaveLength(
        one.expected.toolCalls.length,
      );
      const plain = await client.responses.create({ model: 'asked', input: 'hi' });
      expect([plain.output_text, plain.status, plain.usage?.output_tokens]).toEqual([
        final.output_text,
        final.status,
        final.usage?.output_tokens,
      ]);
    });

    it.each(to === 'gemini' ? [] : answers)('are read by the Google SDK: %s', async (_id, one) => {
      turn = { one, to };
      const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base } });
      const question = { model: 'asked', contents: 'hi' };
      let text = '';
      let called = 0;
      const reasons: unknown[] = [];
      for await (const chunk of await client.models.generateContentStream(question)) {
        const parts = chunk.candidates?.[0]?.content?.parts ?? [];
        for (const part of parts) if (part.thought !== true) text += part.text ?? '';
        called += chunk.functionCalls?.length ?? 0;
        reasons.push(chunk.candidates?.[0]?.finishReason);
      }
      expect([text, called]).toEqual([one.expected.text + (one.expected.refusal ?? ''), calls(one)]);
      expect(reasons.filter((reason) => reason !== undefined)).toEqual([reasons.at(-1)]);
      const plain = await client.models.generateContent(question);
      const said = (plain.candidates?.[0]?.content?.parts ?? []).map((part) => (part.thought === true ? '' : (part.text ?? '')));
      expect([said.join(''), plain.functionCalls?.length ?? 0]).toEqual([text, called]);
    });
  });
}
