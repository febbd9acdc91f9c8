import { newAnswerTranslator } from '../answer.ts';
import { askOpenaiResponses, countWithOpenai } from '../ask/openai-responses.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { StopAt } from '../parts/filters/stop-at.ts';
import { findNumber } from '../parts/json.ts';
import { readOpenaiResponses } from '../read/openai-responses.ts';
import { countedRequest } from '../request/gemini/counted-request.ts';
import { readAsk } from '../request/gemini/read-ask.ts';
import { stopSequences } from '../request/gemini/stop-sequences.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { sayGeminiCount } from '../write/gemini/count.ts';
import { framesFor } from '../write/gemini/frames.ts';
import { writeGemini } from '../write/gemini.ts';
import { writeGeminiError } from '../write/gemini-error.ts';

export const geminiToOpenaiResponses: Translation = {
  from: 'gemini',
  to: 'openai-responses',
  translateRequest: (asked) =>
    tryTranslation(asked, 'openai-responses', ({ endpoint, body, model, stream }) => {
      if (endpoint.operation === 'count_tokens') {
        const ask = readAsk(countedRequest(body), 'openai-responses');
        return { body: countWithOpenai(ask, model), nativePath: '/v1/responses/input_tokens', search: '' };
      }
      const question = askOpenaiResponses(readAsk(body, 'openai-responses'), model, stream);
      return { body: question, nativePath: '/v1/responses', search: '' };
    }),
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator((body) => findNumber(body['input_tokens']), sayGeminiCount);
    }
    // The API knows no stop sequences: the answer is ended here.
    const filters = [new StopAt(stopSequences(input.request))];
    const reader = filterAnswer(readOpenaiResponses(input.stream), filters);
    return newAnswerTranslator(reader, writeGemini(input, 'openai-responses'), framesFor(input).contentType);
  },
  translateError: writeGeminiError,
};
