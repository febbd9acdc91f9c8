import { readdirSync, readFileSync } from 'node:fs';
import type { TokenUsage } from '@aicarpool/shared-protocol';
import { noTokens } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meter, MeterReading } from '../src/dialects/dialect.ts';
import { dialectModules } from '../src/dialects/index.ts';
import { endpointOf } from '../src/dialects/test/endpoint-of.ts';

/** `<case>.case.json` beside `<case>.sse` or `<case>.body`: how the answer came, and what must be read from it. */
interface Case {
  readonly path: string;
  readonly status?: number;
  readonly how?: 'cut';
  /** Text of the chunk from which bytes are held; absent: never. */
  readonly heldFrom?: string;
  readonly reading: Partial<Omit<MeterReading, 'usage'>> & { readonly usage: Partial<TokenUsage> };
}

const quiet = {
  billed: null,
  estimated: false,
  inputReported: true,
  complete: true,
  servedModel: null,
  stopReason: null,
  error: null,
};

/** Runs every case of a folder whole, byte by byte and cut at random places. */
export function checkFixtures(folder: URL): void {
  const files = readdirSync(folder).sort();
  for (const file of files.filter((name) => name.endsWith('.case.json'))) {
    const name = file.slice(0, -'.case.json'.length);
    const one: Case = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    const answer = files.find((other) => other === `${name}.sse` || other === `${name}.body`);
    const body = answer === undefined ? Buffer.alloc(0) : readFileSync(new URL(answer, folder));
    describe(name, () => checkCase(one, body));
  }
}

function checkCase(one: Case, body: Buffer): void {
  const expected = { ...quiet, ...one.reading, usage: { ...noTokens, ...one.reading.usage } };

  it('is read', () => {
    expect(read(one, [Buffer.from(body)])).toEqual(expected);
  });

  it('is read the same wherever it is cut', () => {
    expect(read(one, cut(body, [...body.keys()]))).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (at) => {
        expect(read(one, cut(body, at))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('is held from its last event that matters', () => {
    const meter = meterOf(one);
    const first = [...body.keys()].find((at) => meter.push(Buffer.from(body.subarray(at, at + 1))));
    const line = body.indexOf(one.heldFrom ?? '\0');
    if (one.heldFrom === undefined) expect(first).toBeUndefined();
    else expect(first).toBe(line + one.heldFrom.length - 1);
  });
}

function meterOf(one: Case): Meter {
  const endpoint = endpointOf('POST', one.path);
  const facts = { model: 'asked', stream: true, maxOutputTokens: null };
  return dialectModules[endpoint.dialect].newMeter({ endpoint, facts, httpStatus: one.status ?? 200, contentType: '' });
}

/** Names of answers are no part of what is charged. */
function read(one: Case, chunks: readonly Buffer[]): Omit<MeterReading, 'answerId'> {
  const meter = meterOf(one);
  for (const chunk of chunks) {
    meter.push(chunk);
    chunk.fill(0x58);
  }
  const { answerId: _, ...reading } = meter.end(one.how ?? 'end');
  return reading;
}

function cut(body: Buffer, at: readonly number[]): Buffer[] {
  const stops = [...new Set(at.map((n) => n % (body.length + 1)))].sort((a, b) => a - b);
  return [...stops, body.length].map((stop, i) => Buffer.from(body.subarray(i === 0 ? 0 : stops[i - 1], stop)));
}
