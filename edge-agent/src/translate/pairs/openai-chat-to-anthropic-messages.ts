import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { askAnthropic } from '../ask/anthropic-messages.ts';
import { readAnthropicMessages } from '../read/anthropic-messages.ts';
import { checkChatFields } from '../request/openai-chat/check-fields.ts';
import { readChatAsk } from '../request/openai-chat/read-ask.ts';
import { refuseOtherCalls } from '../request/openai-chat/refuse-other-calls.ts';
import { translateOrRefuse } from '../request/translate-or-refuse.ts';
import type { Translation } from '../translation.ts';
import { writeOpenaiChat } from '../write/openai-chat.ts';
import { writeOpenaiChatError } from '../write/openai-chat-error.ts';

export const openaiChatToAnthropicMessages: Translation = {
  from: 'openai-chat',
  to: 'anthropic-messages',
  translateRequest: ({ endpoint, body, model, stream }) =>
    translateOrRefuse(() => {
      refuseOtherCalls(endpoint, 'anthropic-messages');
      checkChatFields(body, 'anthropic-messages', ['top_k']);
      const request = askAnthropic(readChatAsk(body, 'anthropic-messages'), model, stream);
      return { body: request, nativePath: '/v1/messages', search: '' };
    }),
  newAnswer(input) {
    const reader = readAnthropicMessages(input.stream);
    return newAnswerTranslator(reader, writeOpenaiChat(input, 'anthropic-messages'), answerContentType(input.stream));
  },
  translateError: writeOpenaiChatError,
};
