import { costNanoUsd, type Dialect, type ModelEntry, noTokens, type Price } from '@aicarpool/shared-protocol';
import { array, assert, boolean, constantFrom, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSnapshot } from '../../../../test/snapshot.ts';
import { RequestHints } from '../../../dialects/index.ts';
import { affordableOutput, amountOf } from './estimate.ts';
import { estimateHard } from './hard.ts';
import { Learned } from './learned.ts';
import { Quantile } from './quantile.ts';
import { estimateSoft, estimateStream } from './soft.ts';

const rate = integer({ min: 0, max: 100_000_000 });
const maybe = option(rate, { nil: undefined });
const prices = record({
  input: rate,
  output: rate,
  cacheRead: maybe,
  cacheWrite5m: maybe,
  cacheWrite1h: maybe,
  inputAudio: maybe,
  outputAudio: maybe,
  tier: option(record({ aboveInputTokens: integer({ min: 1, max: 5_000 }), input: rate, output: rate, cacheWrite1h: rate }), {
    nil: undefined,
  }),
});

function priceOf({ tier, ...rates }: Record<string, unknown> & { readonly tier: object | undefined }): Price {
  const said = Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
  return { ...said, ...(tier ? { tiers: [tier] } : {}) } as Price;
}

function serviceWith(models: readonly ModelEntry[]) {
  const service = testSnapshot({ baseUrls: [], models }).findGroup('grp_test')?.services[0]?.service;
  if (!service) throw new Error('the test snapshot has no service');
  return service;
}

const entry = (price: Price | null, own: Partial<ModelEntry> = {}): ModelEntry => ({
  model: 'm',
  display_name: 'M',
  context_length: 100_000,
  max_output_tokens: 8_000,
  features: null,
  price,
  price_version: 'v1',
  ...own,
});

const hintsOf = (dialect: Dialect, body: string) => new RequestHints(dialect, Buffer.from(body)).exposure;

describe('a hard estimate', () => {
  it('is never below what any provider can count or charge for the same request', () => {
    const used = record({
      inputPart: integer({ min: 0, max: 100 }),
      outputPart: integer({ min: 0, max: 100 }),
      cache: constantFrom('input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'),
      audio: boolean(),
    });
    assert(
      property(
        integer({ min: 0, max: 20_000 }),
        integer({ min: 1, max: 20_000 }),
        prices,
        used,
        (length, maxTokens, rates, usage) => {
          const price = priceOf(rates);
          const service = serviceWith([entry(price)]);
          const body = Buffer.from(
            JSON.stringify({ model: 'm', max_tokens: maxTokens, messages: [{ role: 'user', content: 'x'.repeat(length) }] }),
          );
          const exposure = hintsOf('anthropic-messages', body.toString());
          const estimate = estimateHard({
            service,
            model: 'm',
            bodyBytes: body.length,
            exposure,
            maxOutputTokens: maxTokens,
            generates: true,
          });
          // A tokenizer makes one token of a byte at the most.
          const input = Math.floor((Math.min(100_000, body.length) * usage.inputPart) / 100);
          const output = Math.floor((Math.min(maxTokens, 8_000) * usage.outputPart) / 100);
          const audio = usage.audio && usage.cache === 'input' ? { inputAudio: input, outputAudio: output } : {};
          const really = { ...noTokens, [usage.cache]: input, output, ...audio };
          expect(amountOf('tokens', estimate)).toBeGreaterThanOrEqual(input + output);
          expect(amountOf('nano_usd', estimate)).toBeGreaterThanOrEqual(costNanoUsd(really, price));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes the whole context for what stands elsewhere, however it is spelled', () => {
    const service = serviceWith([entry(null)]);
    const of = (dialect: Dialect, request: object | string) => {
      const body = typeof request === 'string' ? request : JSON.stringify(request);
      const question = {
        service,
        model: 'm',
        bodyBytes: body.length,
        exposure: hintsOf(dialect, body),
        maxOutputTokens: 1,
        generates: true,
      };
      return estimateHard(question).inputTokens;
    };
    const part = (content: object) => ({ messages: [{ role: 'user', content: [content] }] });
    for (const [dialect, request] of [
      ['openai-responses', { previous_response_id: 'resp_1', input: 'hi' }],
      ['openai-responses', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }],
      ['openai-responses', '{"input":[{"content":[{"type":"input_text","text":"x"},{"\\u0066ile_id":"f"}]}]}'],
      ['anthropic-messages', part({ type: 'document', source: { type: 'base64', data: 'AA' } })],
      ['gemini', { contents: [{ parts: [{ fileData: { fileUri: 'gs://x' } }] }] }],
      ['gemini', { contents: [{ parts: [{ inlineData: { mimeType: 'video/mp4', data: 'AA' } }] }] }],
      ['gemini', { cachedContent: 'cachedContents/1', contents: [] }],
      ['openai-chat', '{"messages":'],
    ] as const)
      expect(of(dialect, request)).toBeGreaterThanOrEqual(100_000);
    const tool = { name: 'Task', input_schema: { properties: { prompt: { type: 'string' }, file_id: { type: 'string' } } } };
    expect(of('anthropic-messages', { tools: [tool], messages: [{ role: 'user', content: 'hi' }] })).toBeLessThan(3_000);
    expect(of('anthropic-messages', part({ type: 'image', source: { type: 'base64', data: 'AA' } }))).toBeGreaterThan(5_000);
    expect(of('anthropic-messages', { tools: [{ type: 'web_search_20250305' }], messages: [] })).toBeGreaterThan(10_000);
  });

  it('counts every choice that is asked for', () => {
    expect(hintsOf('openai-chat', '{"n":4}').choices).toBe(4);
    expect(hintsOf('gemini', '{"generationConfig":{"candidateCount":2}}').choices).toBe(2);
    expect(hintsOf('gemini', '{"n":1,"generationConfig":{"candidateCount":"8"}}').choices).toBe(8);
    expect(hintsOf('gemini', '{"generationConfig":{"candidateCount":1},"generation_config":{"candidate_count":4}}').choices).toBe(
      4,
    );
    expect(hintsOf('openai-chat', '{"n":1.5}').choices).toBe(2);
    for (const odd of ['0', '-3', 'null', '"many"', '[9]']) expect(hintsOf('openai-chat', `{"n":${odd}}`).choices).toBe(1);
  });

  it('is a whole number that no budget reaches, whatever nonsense a request asks for', () => {
    const services = [entry(null), entry({ input: 3_000_000, output: 15_000_000 }, { max_output_tokens: null })].map((one) =>
      serviceWith([one]),
    );
    for (const n of ['1e15', '1e300', '1e999', '"1e300"']) {
      for (const service of services) {
        const exposure = hintsOf('openai-chat', `{"n":${n}}`);
        const maxOutputTokens = Number.MAX_SAFE_INTEGER;
        const estimate = estimateHard({ service, model: 'm', bodyBytes: 10, exposure, maxOutputTokens, generates: true });
        expect(amountOf('tokens', estimate)).toBe(Number.MAX_SAFE_INTEGER);
        const isPriced = estimate.outputPicoUsd > 0;
        expect(amountOf('nano_usd', estimate)).toBe(isPriced ? Number.MAX_SAFE_INTEGER : 0);
      }
    }
  });
});

describe('a soft estimate', () => {
  const ask = {
    service: serviceWith([entry({ input: 3_000_000, output: 15_000_000 })]),
    model: 'm',
    keyId: 'k',
    generates: true,
  };

  it('covers 99 of 100 requests once it has seen some', () => {
    assert(
      property(array(integer({ min: 1, max: 30_000 }), { minLength: 200, maxLength: 400 }), (outputs) => {
        const learned = new Learned();
        for (const output of outputs) learned.learn('k', 'm', 4_000, 1_000, output);
        const { outputTokens } = estimateSoft(learned, { ...ask, bodyBytes: 4_000, maxOutputTokens: null });
        const above = outputs.filter((output) => output > outputTokens).length;
        expect(above / outputs.length).toBeLessThanOrEqual(0.02);
        expect(outputTokens).toBeGreaterThanOrEqual(1_000);
        expect(outputTokens).toBeLessThanOrEqual(32_000);
      }),
      { numRuns: 200 },
    );
  });

  it('never assumes more output than the request allows, and a stream begins with one piece', () => {
    const learned = new Learned();
    expect(estimateSoft(learned, { ...ask, bodyBytes: 100, maxOutputTokens: 7 }).outputTokens).toBe(7);
    expect(estimateStream(learned, { ...ask, bodyBytes: 100, maxOutputTokens: null }).outputTokens).toBe(1_000);
    expect(estimateSoft(learned, { ...ask, bodyBytes: 100, maxOutputTokens: 7, generates: false }).outputTokens).toBe(0);
  });

  it('says how much output what is left would pay for', () => {
    assert(
      property(integer({ min: 0, max: 10_000_000 }), integer({ min: 0, max: 5_000 }), (left, inputTokens) => {
        const estimate = {
          inputTokens,
          outputTokens: 9_000,
          inputPicoUsd: 3_000_000,
          outputPicoUsd: 15_000_000,
          extraNanoUsd: 0,
        };
        for (const unit of ['tokens', 'nano_usd'] as const) {
          const tokens = affordableOutput(unit, estimate, left);
          if (tokens !== null) expect(amountOf(unit, { ...estimate, outputTokens: tokens })).toBeLessThanOrEqual(left);
        }
      }),
    );
  });
});

it('keeps a quantile in bounded memory that never falls below what it saw', () => {
  assert(
    property(array(integer({ min: 1, max: 1_000_000 }), { minLength: 20, maxLength: 1_000 }), (values) => {
      const quantile = new Quantile(1, 20, 4);
      for (const value of values) quantile.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      expect(quantile.of(0.99)).toBeGreaterThanOrEqual((sorted[Math.floor(sorted.length * 0.99) - 1] ?? 0) * 0.999);
      expect(quantile.of(0.99)).toBeLessThanOrEqual((sorted.at(-1) ?? 0) * 1.2);
    }),
    { numRuns: 300 },
  );
});
