import { newAnswerTranslator } from '../answer.ts';
import { askAnthropic, countWithAnthropic } from '../ask/anthropic-messages.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { findNumber } from '../parts/json.ts';
import { readAnthropicMessages } from '../read/anthropic-messages.ts';
import { countedRequest } from '../request/gemini/counted-request.ts';
import { readAsk } from '../request/gemini/read-ask.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { sayGeminiCount } from '../write/gemini/count.ts';
import { framesFor } from '../write/gemini/frames.ts';
import { writeGemini } from '../write/gemini.ts';
import { writeGeminiError } from '../write/gemini-error.ts';

export const geminiToAnthropicMessages: Translation = {
  from: 'gemini',
  to: 'anthropic-messages',
  translateRequest: (asked) =>
    tryTranslation(asked, 'anthropic-messages', ({ endpoint, body, model, stream }) => {
      if (endpoint.operation === 'count_tokens') {
        const ask = readAsk(countedRequest(body), 'anthropic-messages');
        return { body: countWithAnthropic(ask, model), nativePath: '/v1/messages/count_tokens', search: '' };
      }
      return { body: askAnthropic(readAsk(body, 'anthropic-messages'), model, stream), nativePath: '/v1/messages', search: '' };
    }),
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator((body) => findNumber(body['input_tokens']), sayGeminiCount);
    }
    const writer = writeGemini(input, 'anthropic-messages');
    return newAnswerTranslator(readAnthropicMessages(input.stream), writer, framesFor(input).contentType);
  },
  translateError: writeGeminiError,
};
