import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { askAnthropic, countWithAnthropic } from '../ask/anthropic-messages.ts';
import { newCountTranslator } from '../parts/count-answer.ts';
import { findNumber } from '../parts/json.ts';
import { readAnthropicMessages } from '../read/anthropic-messages.ts';
import { readAsk } from '../request/openai-responses/read-ask.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { sayResponsesCount } from '../write/openai-responses/count.ts';
import { writeOpenaiResponses } from '../write/openai-responses.ts';
import { writeOpenaiResponsesError } from '../write/openai-responses-error.ts';

export const openaiResponsesToAnthropicMessages: Translation = {
  from: 'openai-responses',
  to: 'anthropic-messages',
  translateRequest: (asked) =>
    tryTranslation(asked, 'anthropic-messages', ({ endpoint, body, model, stream }) => {
      const ask = readAsk(body, 'anthropic-messages');
      const isCount = endpoint.operation === 'count_tokens';
      if (isCount) return { body: countWithAnthropic(ask, model), nativePath: '/v1/messages/count_tokens', search: '' };
      return { body: askAnthropic(ask, model, stream), nativePath: '/v1/messages', search: '' };
    }),
  newAnswer(input) {
    if (input.endpoint.operation === 'count_tokens') {
      return newCountTranslator((body) => findNumber(body['input_tokens']), sayResponsesCount);
    }
    const writer = writeOpenaiResponses(input, 'anthropic-messages');
    return newAnswerTranslator(readAnthropicMessages(input.stream), writer, answerContentType(input.stream));
  },
  translateError: writeOpenaiResponsesError,
};
