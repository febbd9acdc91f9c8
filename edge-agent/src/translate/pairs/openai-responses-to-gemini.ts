import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { askGemini, countWithGemini } from '../ask/gemini.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { OneCall } from '../parts/filters/one-call.ts';
import { findNumber } from '../parts/json.ts';
import { readGemini } from '../read/gemini.ts';
import { readAsk } from '../request/openai-responses/read-ask.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { sayResponsesCount } from '../write/openai-responses/count.ts';
import { writeOpenaiResponses } from '../write/openai-responses.ts';
import { writeOpenaiResponsesError } from '../write/openai-responses-error.ts';

export const openaiResponsesToGemini: Translation = {
  from: 'openai-responses',
  to: 'gemini',
  translateRequest: (asked) =>
    tryTranslation(asked, 'gemini', ({ endpoint, body, model, stream }) => {
      const ask = readAsk(body, 'gemini');
      const path = `/v1beta/models/${encodeURIComponent(model)}`;
      const isCount = endpoint.operation === 'count_tokens';
      if (isCount) return { body: countWithGemini(ask, model), nativePath: `${path}:countTokens`, search: '' };
      const verb = stream ? 'streamGenerateContent' : 'generateContent';
      return { body: askGemini(ask, model), nativePath: `${path}:${verb}`, search: stream ? '?alt=sse' : '' };
    }),
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator((body) => findNumber(body['totalTokens']), sayResponsesCount);
    }
    // Gemini cannot be told to call one tool at a time.
    const filters = input.request['parallel_tool_calls'] === false ? [new OneCall()] : [];
    const reader = filterAnswer(readGemini(input.stream), filters);
    return newAnswerTranslator(reader, writeOpenaiResponses(input, 'gemini'), answerContentType(input.stream));
  },
  translateError: writeOpenaiResponsesError,
};
