import { expect } from 'vitest';
import type { CorpusCase } from '../../../test/find-corpus.ts';
import type { Said } from './said.ts';

/** What a recorded answer means, beyond what the corpus type names. */
interface Meaning {
  readonly text?: string;
  readonly thinking?: string;
  readonly refusal?: string;
  readonly stop?: string | null;
  readonly toolCalls?: readonly { readonly name: string; readonly args: unknown }[];
}

export function meaningOf({ expected }: CorpusCase): Meaning & CorpusCase['expected'] {
  return expected;
}

export function argsOf(input: string): unknown {
  try {
    return JSON.parse(input === '' ? '{}' : input);
  } catch {
    return { _invalid_json: input };
  }
}

/** Text, thinking, calls, stop and usage are those of the recording. */
export function expectRecorded(said: Said, recorded: CorpusCase): void {
  const { text, thinking, refusal, stop, toolCalls, usage, error } = meaningOf(recorded);
  expect(said.text).toBe(text ?? '');
  expect(said.thinking).toBe(thinking ?? '');
  expect(said.refusal).toBe(refusal ?? '');
  const calls = said.calls.map(({ name, input, freeform }) => ({ name, args: freeform ? input : argsOf(input) }));
  expect(calls).toEqual((toolCalls ?? []).map(({ name, args }) => ({ name, args })));
  expect(said.error?.message ?? null).toBe(error?.message ?? null);
  expect(said.stop).toBe(error ? null : (stop ?? null));
  if (!usage) return;
  const { usage: counted } = said;
  const cacheWrite = (counted?.cacheWrite5m ?? 0) + (counted?.cacheWrite1h ?? 0);
  expect([counted?.input, counted?.output, counted?.cacheRead, cacheWrite, counted?.thinking]).toEqual([
    usage.input ?? 0,
    usage.output,
    usage.cacheRead,
    usage.cacheWrite,
    usage.thinking,
  ]);
}
