import { AnswerMeter } from '../answer/answer-meter.ts';
import type { DialectModule } from '../dialect.ts';
import { writeOpenAiModels } from '../openai/write-openai-models.ts';
import { parseRequest } from './parse-request.ts';
import { ChatReader } from './read-usage.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';

export const openaiChat: DialectModule = {
  dialect: 'openai-chat',
  readRequest: parseRequest,
  newMeter: (input) => new AnswerMeter(input, new ChatReader()),
  writeRefusal,
  writeStreamError,
  writeModelList: writeOpenAiModels,
};
