import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectModules, type MeterReading, readEndpoint } from '../src/dialects/index.ts';
import { type CorpusCase, findCorpus } from './find-corpus.ts';

const cases = findCorpus();

function read(one: CorpusCase, chunks: readonly Buffer[]): MeterReading {
  const endpoint = endpointOf(one);
  const { status, headers } = one.meta.response;
  const facts = { model: 'asked', stream: one.meta.stream, maxOutputTokens: null };
  const contentType = headers['content-type'] ?? '';
  const meter = dialectModules[one.dialect].newMeter({ endpoint, facts, httpStatus: status, contentType });
  for (const chunk of chunks) meter.push(chunk);
  return meter.end(one.expected.incomplete ? 'cut' : 'end');
}

function endpointOf(one: CorpusCase) {
  const reading = readEndpoint('POST', one.meta.request.path, { ...one.meta.request.headers });
  if (!reading.ok) throw new Error(`${one.meta.request.path}: ${reading.refusal.message}`);
  return reading.endpoint;
}

function cut(body: Buffer, at: readonly number[]): Buffer[] {
  const stops = [...new Set(at.map((n) => n % (body.length + 1)))].sort((a, b) => a - b);
  return [...stops, body.length].map((stop, i) => Buffer.from(body.subarray(i === 0 ? 0 : stops[i - 1], stop)));
}

function every(body: Buffer, bytes: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += bytes) chunks.push(Buffer.from(body.subarray(at, at + bytes)));
  return chunks;
}

/** The provider's own last word on usage is in the recording. */
function hasLastWord({ expected }: CorpusCase): boolean {
  return expected.usage != null && expected.usage.input !== null && !expected.incomplete && !expected.usageIncomplete;
}

describe.skipIf(cases.length === 0)(
  'meters over recorded traffic (skipped where the recordings are not beside the checkout)',
  () => {
    it.each(cases.map((one) => [`${one.dialect}/${one.id}`, one] as const))(
      '%s: reads the path and the request',
      (_name, one) => {
        const endpoint = endpointOf(one);
        expect(endpoint.dialect).toBe(one.dialect);
        expect(endpoint.operation).toBe('generate');
        if (!one.request) return;
        const reading = dialectModules[one.dialect].readRequest(endpoint, one.request);
        const body: { model?: string; stream?: boolean } = JSON.parse(one.request.toString());
        if (!reading.ok) expect(body.model ?? '', reading.refusal.message).toBe('');
        else if (one.dialect === 'gemini') expect(reading.facts.stream).toBe(one.meta.stream);
        else expect([reading.facts.model, reading.facts.stream]).toEqual([body.model, body.stream ?? false]);
      },
    );

    it.each(cases.map((one) => [`${one.dialect}/${one.id}`, one] as const))('%s: reads the usage', (_name, one) => {
      const { expected } = one;
      const reading = read(one, [one.body]);
      const { usage } = reading;
      const isFailure = one.meta.response.status >= 400;
      if (hasLastWord(one)) {
        const { cacheWrite5m, cacheWrite1h, ...rest } = usage;
        expect(rest).toEqual({
          input: expected.usage?.input,
          cacheRead: expected.usage?.cacheRead,
          output: expected.usage?.output,
          thinking: expected.usage?.thinking,
          webSearchRequests: expected.usage?.webSearchRequests ?? 0,
          inputAudio: expected.usage?.inputAudio ?? rest.inputAudio,
          outputAudio: expected.usage?.outputAudio ?? rest.outputAudio,
        });
        expect(cacheWrite5m + cacheWrite1h).toBe(expected.usage?.cacheWrite);
        expect(cacheWrite1h).toBe(expected.usage?.cacheWrite1h ?? 0);
        expect(usage.input + usage.cacheRead + cacheWrite5m + cacheWrite1h).toBe(expected.usage?.inputTotal);
        expect([reading.estimated, reading.inputReported, reading.complete]).toEqual([false, true, true]);
      } else if (isFailure) {
        expect([usage.input, usage.output, reading.estimated, reading.complete]).toEqual([0, 0, false, true]);
      } else {
        // Cut streams, and answers whose provider said nothing in the end: an estimate, never below what was reported.
        const known = expected.usage ?? { output: 0, input: 0, cacheRead: 0 };
        expect(usage.output).toBeGreaterThanOrEqual(known.output);
        expect([usage.input, usage.cacheRead]).toEqual([known.input ?? 0, known.cacheRead]);
        const isFree = usage.output === 0 && !reading.estimated;
        expect(reading.estimated || isFree).toBe(true);
      }
    });

    it.each(cases.map((one) => [`${one.dialect}/${one.id}`, one] as const))(
      '%s: reads model, stop reason and error',
      (_name, one) => {
        const { expected } = one;
        const reading = read(one, [one.body]);
        expect(reading.servedModel).toBe(expected.model ?? null);
        expect(reading.stopReason).toBe(expected.stopReason ?? null);
        const type = expected.error && (expected.error.type ?? String(expected.error.code));
        expect(reading.error).toEqual(expected.error ? { type, message: expected.error.message } : null);
        const { billed } = expected.usage ?? {};
        expect(reading.billed === null).toBe(billed === undefined);
        if (!billed || !reading.billed) return;
        const sum = (name: 'input' | 'output' | 'cacheRead' | 'cacheWrite5m'): number =>
          reading.billed?.reduce((total, part) => total + part.usage[name], 0) ?? 0;
        expect([sum('input'), sum('output'), sum('cacheRead'), sum('cacheWrite5m')]).toEqual([
          billed.input,
          billed.output,
          billed.cacheRead,
          billed.cacheWrite,
        ]);
      },
    );

    it.each(cases.map((one) => [`${one.dialect}/${one.id}`, one] as const))(
      '%s: reads the same wherever it is cut',
      (_name, one) => {
        const whole = read(one, [one.body]);
        expect(read(one, every(one.body, one.body.length > 200_000 ? 997 : 1))).toEqual(whole);
        fc.assert(
          fc.property(fc.array(fc.nat(), { maxLength: 30 }), (at) => {
            expect(read(one, cut(one.body, at))).toEqual(whole);
          }),
          { numRuns: one.body.length > 200_000 ? 5 : 20 },
        );
      },
    );
  },
);
