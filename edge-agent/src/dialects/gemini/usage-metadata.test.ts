import { expect, it } from 'vitest';
import { usageOfMetadata } from './usage-metadata.ts';

it('brings the counts to the common convention', () => {
  const usage = usageOfMetadata({
    promptTokenCount: 100,
    cachedContentTokenCount: 40,
    toolUsePromptTokenCount: 5,
    candidatesTokenCount: 20,
    thoughtsTokenCount: 7,
  });
  expect(usage).toMatchObject({ input: 65, cacheRead: 40, output: 27, thinking: 7 });
});

it('takes absent counts for zero, and derives candidates from the total', () => {
  expect(usageOfMetadata({ promptTokenCount: 9, totalTokenCount: 9 })).toMatchObject({ input: 9, output: 0, thinking: null });
  expect(usageOfMetadata({ promptTokenCount: 9, totalTokenCount: 21, thoughtsTokenCount: 2 })).toMatchObject({ output: 12 });
});

it('keeps audio within its side', () => {
  const audio = [{ modality: 'AUDIO', tokenCount: 30 }];
  const raw = { promptTokenCount: 10, candidatesTokenCount: 5, promptTokensDetails: audio, candidatesTokensDetails: audio };
  expect(usageOfMetadata(raw)).toMatchObject({ inputAudio: 10, outputAudio: 5 });
  expect(usageOfMetadata({ ...raw, promptTokenCount: 50, cacheTokensDetails: audio })).toMatchObject({ inputAudio: 0 });
});
