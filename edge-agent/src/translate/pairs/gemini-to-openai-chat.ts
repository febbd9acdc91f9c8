import { newAnswerTranslator } from '../answer.ts';
import { askOpenaiChat } from '../ask/openai-chat.ts';
import { filterAnswer } from '../parts/filters/answer-filter.ts';
import { StopAt } from '../parts/filters/stop-at.ts';
import { readOpenaiChat } from '../read/openai-chat.ts';
import { readAsk } from '../request/gemini/read-ask.ts';
import { stopSequences } from '../request/gemini/stop-sequences.ts';
import { tryTranslation } from '../request/try-translation.ts';
import type { Translation } from '../translation.ts';
import { framesFor } from '../write/gemini/frames.ts';
import { writeGemini } from '../write/gemini.ts';
import { writeGeminiError } from '../write/gemini-error.ts';

export const geminiToOpenaiChat: Translation = {
  from: 'gemini',
  to: 'openai-chat',
  translateRequest: (asked) =>
    tryTranslation(asked, 'openai-chat', ({ body, model, stream }) => {
      const question = askOpenaiChat(readAsk(body, 'openai-chat'), model, stream);
      return { body: question, nativePath: '/v1/chat/completions', search: '' };
    }),
  newAnswer(input) {
    const reader = filterAnswer(readOpenaiChat(input.stream), [new StopAt(stopSequences(input.request))]);
    return newAnswerTranslator(reader, writeGemini(input, 'openai-chat'), framesFor(input).contentType);
  },
  translateError: writeGeminiError,
};
