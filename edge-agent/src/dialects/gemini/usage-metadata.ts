import { noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import { asCount, asList, asObject, type Document } from '../answer/read-value.ts';

/**
 * `usageMetadata` merged over the chunks of an answer. Google leaves zeros out (proto3 JSON), so an absent count is
 * zero once the metadata states any; cached tokens are part of the prompt, thoughts are not part of the candidates.
 */
export function usageOfMetadata(raw: Document): TokenUsage {
  const prompt = asCount(raw['promptTokenCount']) ?? 0;
  const toolUse = asCount(raw['toolUsePromptTokenCount']) ?? 0;
  const thinking = asCount(raw['thoughtsTokenCount']);
  const total = asCount(raw['totalTokenCount']);
  const cacheRead = Math.min(asCount(raw['cachedContentTokenCount']) ?? 0, prompt);
  const rest = total === null ? 0 : Math.max(0, total - prompt - toolUse - (thinking ?? 0));
  const input = prompt - cacheRead + toolUse;
  const output = (asCount(raw['candidatesTokenCount']) ?? rest) + (thinking ?? 0);
  const heard = audioTokens(raw['promptTokensDetails']) + audioTokens(raw['toolUsePromptTokensDetails']);
  return {
    ...noTokens,
    input,
    cacheRead,
    output,
    thinking,
    inputAudio: Math.min(Math.max(0, heard - audioTokens(raw['cacheTokensDetails'])), input),
    outputAudio: Math.min(audioTokens(raw['candidatesTokensDetails']), output),
  };
}

function audioTokens(details: unknown): number {
  let sum = 0;
  for (const detail of asList(details).map(asObject)) {
    if (detail['modality'] === 'AUDIO') sum += asCount(detail['tokenCount']) ?? 0;
  }
  return sum;
}
