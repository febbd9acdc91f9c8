import { type Canonical, framesOf, type Loose } from './canonical.ts';

const stops: Record<string, string> = { STOP: 'stop', MAX_TOKENS: 'length' };
const filters = ['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'LANGUAGE'];

/** A stream may come as events or, without `alt=sse`, as one JSON array. */
export function canonicalOfGemini(text: string, stream: boolean): Canonical {
  const chunks: Loose[] = stream && !text.trimStart().startsWith('[') ? readEvents(text) : [JSON.parse(text)].flat();
  const parts: Loose[] = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const raw = Object.assign({}, ...chunks.map((chunk) => chunk.usageMetadata ?? {}));
  const hasUsage = chunks.some((chunk) => chunk.usageMetadata);
  const reason = chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).findLast((one) => one);
  const calls = parts.filter((part) => part.functionCall);
  const error = chunks.map((chunk) => chunk.error).find((one) => one);
  const cacheRead = raw.cachedContentTokenCount ?? 0;
  const isBlocked = chunks.some((chunk) => chunk.promptFeedback?.blockReason);
  const stop = reason ? (stops[reason] ?? (filters.includes(reason) ? 'content_filter' : 'other')) : null;
  return {
    text: parts
      .filter((part) => part.text && !part.thought)
      .map((part) => part.text)
      .join(''),
    thinking: parts
      .filter((part) => part.text && part.thought)
      .map((part) => part.text)
      .join(''),
    refusal: '',
    toolCalls: calls.map(({ functionCall }) => ({
      name: functionCall.name,
      args: functionCall.args ?? {},
      id: functionCall.id ?? null,
    })),
    stop: isBlocked ? 'content_filter' : stop === 'stop' && calls.length > 0 ? 'tool_calls' : stop,
    usage: hasUsage
      ? {
          input: (raw.promptTokenCount ?? 0) - cacheRead + (raw.toolUsePromptTokenCount ?? 0),
          cacheRead,
          cacheWrite: 0,
          output: (raw.candidatesTokenCount ?? 0) + (raw.thoughtsTokenCount ?? 0),
          thinking: raw.thoughtsTokenCount ?? null,
        }
      : null,
    error: error ? { type: error.status ?? String(error.code), message: error.message } : null,
    proofs: parts.map((part) => part.thoughtSignature).filter(Boolean),
  };
}

/** Gemini CLI breaks on event names, comments and `[DONE]`. */
function readEvents(text: string): Loose[] {
  for (const line of text.split(/\r?\n/)) {
    if (line !== '' && !line.startsWith('data: {')) throw new Error(`a line that Gemini CLI cannot read: ${line.slice(0, 80)}`);
  }
  return framesOf(text).map(({ data }) => JSON.parse(data));
}
