import type { Talk, Voice } from './talk.ts';

function chunk(talk: Talk, text: string, soFar: number, last: boolean) {
  const finishReason = talk.cutShort ? 'MAX_TOKENS' : 'STOP';
  return {
    candidates: [{ content: { role: 'model', parts: [{ text }] }, ...(last ? { finishReason } : {}), index: 0 }],
    usageMetadata: {
      promptTokenCount: talk.inputTokens,
      candidatesTokenCount: soFar,
      totalTokenCount: talk.inputTokens + soFar,
    },
    modelVersion: talk.model,
    responseId: talk.id,
  };
}

export const gemini: Voice = {
  whole: (talk) => chunk(talk, talk.pieces.join(''), talk.pieces.length, true),
  *frames(talk) {
    for (const [at, text] of talk.pieces.entries()) {
      yield `data: ${JSON.stringify(chunk(talk, text, at + 1, at === talk.pieces.length - 1))}\r\n\r\n`;
    }
  },
  count: (talk) => ({ totalTokens: talk.inputTokens }),
  error: (code, message) => ({ error: { code, message, status: statuses[code] ?? 'INTERNAL' } }),
};

const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};
