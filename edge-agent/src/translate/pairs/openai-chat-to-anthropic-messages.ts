import { answerContentType, newAnswerTranslator } from '../answer.ts';
import { askAnthropic } from '../ask/anthropic-messages.ts';
import { readAnthropicMessages } from '../read/anthropic-messages.ts';
import { checkChatFields } from '../request/openai-chat/check-fields.ts';
import { readChatAsk } from '../request/openai-chat/read-ask.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { writeOpenaiChat } from '../write/openai-chat.ts';
import { writeOpenaiChatError } from '../write/openai-chat-error.ts';

export const openaiChatToAnthropicMessages: Translation = {
  from: 'openai-chat',
  to: 'anthropic-messages',
  translateRequest: (asked) =>
    tryTranslation(asked, 'anthropic-messages', ({ body, model, stream }) => {
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
