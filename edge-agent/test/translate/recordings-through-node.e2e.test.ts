import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorpusCase, findCorpus } from '../find-corpus.ts';
import { testKey } from '../snapshot.ts';
import { askWithSdk, type Heard } from './callers.ts';
import { canonicalOf, type Loose } from './canonical.ts';
import { type ForeignProvider, foreignProvider } from './foreign-provider.ts';

const corpus = findCorpus();

for (const upstream of dialects) {
  const cases = corpus.filter((one) => one.dialect === upstream);
  describe.skipIf(cases.length === 0)(`recorded answers of ${upstream} (skipped without recordings)`, () => {
    let provider: ForeignProvider;
    beforeAll(async () => {
      provider = await foreignProvider(upstream);
    });
    afterAll(() => provider.close());

    for (const caller of dialects.filter((one) => one !== upstream)) {
      it.each(cases.map((one) => [one.id, one] as const))(`reach callers of ${caller}: %s`, async (_id, one) => {
        await check(provider, caller, one);
      });
    }
  });
}

async function check(provider: ForeignProvider, caller: Dialect, one: CorpusCase): Promise<void> {
  const { meta } = one;
  const {
    'content-encoding': packed,
    'content-length': _length,
    ...headers
  } = Object.fromEntries(Object.entries(meta.response.headers).filter(([name]) => !notReplayed.includes(name)));
  const encoding: Record<string, string> = packed === undefined ? {} : { 'content-encoding': packed };
  provider.say({
    status: meta.response.status,
    headers: { ...headers, ...encoding },
    body: packed === undefined ? one.body : one.wire,
    seed: `${caller} ${one.id}`,
    gzip: one.id.length % 2 === 0,
  });
  const heard = await askWithSdk(caller, provider.node.origin, testKey, meta.stream);
  const { expected } = one as { expected: Loose };
  const [row] = await provider.node.booked(1);
  expect(provider.upstream.seen).toHaveLength(1);
  if (meta.response.status >= 400 || expected.error) expectError(caller, heard, meta.stream);
  else if (expected.stop === null) expectBroken(caller, heard, expected, meta.stream);
  else expectAnswer(caller, heard, expected, meta.stream);
  expectBooked(row, expected, meta.response.status);
}

const notReplayed = ['transfer-encoding', 'connection', 'date'];

function expectError(caller: Dialect, heard: Heard, stream: boolean): void {
  expect(heard.bySdk?.stop ?? null).toBeNull();
  expect(heard.sdkError).not.toBeNull();
  const isLate = heard.status === 200;
  const said = canonicalOf(caller, heard.bytes, stream && isLate);
  expect(said.error?.message).toBeTruthy();
  expect(said.error?.message ?? '').not.toMatch(/org-x|proj_x|project[ =]\d|0000-0000/);
  if (!isLate) expect(heard.status).toBeGreaterThanOrEqual(400);
}

/** What the provider did not finish is no answer. */
function expectBroken(caller: Dialect, heard: Heard, expected: Loose, stream: boolean): void {
  if (!stream) expect(heard.status).toBeGreaterThanOrEqual(500);
  expect(heard.sdkError).not.toBeNull();
  if (!heard.isWhole) return;
  const said = canonicalOf(caller, heard.bytes, stream && heard.status === 200);
  expect(said.error?.message).toBeTruthy();
  if (heard.status === 200) expect(expected.text.startsWith(said.text) || said.text.startsWith(expected.text)).toBe(true);
}

function expectAnswer(caller: Dialect, heard: Heard, expected: Loose, stream: boolean): void {
  expect(heard.sdkError).toBeNull();
  expect([heard.status, heard.isWhole]).toEqual([200, true]);
  const said = canonicalOf(caller, heard.bytes, stream);
  expect(said.error).toBeNull();
  const refusal = expected.refusal ?? expected.stopDetails?.explanation ?? '';
  const isTold = caller === 'anthropic-messages' || caller === 'gemini';
  // Where a filter stopped it, Gemini says why in the candidate's finishMessage.
  if (isTold) expect(said.text).toBe(expected.text + (caller === 'gemini' && expected.stop !== 'stop' ? '' : refusal));
  else expect([said.text, said.refusal]).toEqual([expected.text, refusal]);
  expect(said.thinking).toBe(expected.thinking ?? '');
  expect(callsOf(said)).toEqual(callsFor(caller, expected));
  expect(said.stop).toBe(stopFor(caller, expected));
  const bySdk = { ...heard.bySdk, thinking: said.thinking, proofs: said.proofs };
  expect(bySdk).toEqual(said);
}

const callsOf = ({ toolCalls }: Loose) => (toolCalls ?? []).map(({ name, args }: Loose) => ({ name, args }));

/** Freeform input goes inside JSON where a format knows nothing else; Gemini cannot say arguments that are no JSON. */
function callsFor(caller: Dialect, expected: Loose): Loose[] {
  const isJsonOnly = caller === 'anthropic-messages' || caller === 'gemini';
  return callsOf(expected)
    .filter(({ args }: Loose) => caller !== 'gemini' || args?._invalid_json === undefined)
    .map(({ name, args }: Loose) => ({ name, args: isJsonOnly && typeof args === 'string' ? { input: args } : args }));
}

/** The stop that was recorded, or the nearest that the caller's format has a word for. */
function stopFor(caller: Dialect, { stop, refusal, toolCalls }: Loose): string {
  if (caller === 'anthropic-messages' && refusal && stop === 'stop') return 'content_filter';
  const isOpenaiOrGemini = caller !== 'anthropic-messages';
  if (stop === 'pause') return isOpenaiOrGemini ? 'stop' : 'pause';
  if (stop === 'other') return caller === 'anthropic-messages' || caller === 'openai-chat' ? 'stop' : 'other';
  // Only there calls and their reason are told apart.
  const hasCalls = toolCalls?.length > 0 && stop === 'stop';
  return hasCalls && caller !== 'openai-chat' ? 'tool_calls' : stop;
}

function expectBooked(row: Loose, expected: Loose, status: number): void {
  if (status >= 400) {
    expect(row).toMatchObject({ httpStatus: status, costNanoUsd: 0, estimated: false });
    return;
  }
  const { usage } = expected;
  if (!usage || usage.output === null || usage.input === null) {
    expect(row.estimated || row.usage.output === 0).toBe(true);
    return;
  }
  if (row.estimated) {
    expect(expected.incomplete || expected.usageIncomplete).toBe(true);
    expect(row.usage).toMatchObject({ input: usage.input, cacheRead: usage.cacheRead });
    expect(row.usage.output).toBeGreaterThanOrEqual(usage.output);
    return;
  }
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, thinking } = row.usage;
  expect({ input, output, cacheRead, cacheWrite: cacheWrite5m + cacheWrite1h, thinking }).toEqual({
    input: usage.input,
    output: usage.output,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite,
    thinking: usage.thinking,
  });
}
