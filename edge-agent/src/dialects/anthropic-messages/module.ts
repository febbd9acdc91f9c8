import { AnswerMeter } from '../answer/answer-meter.ts';
import type { DialectModule } from '../dialect.ts';
import { parseRequest } from './parse-request.ts';
import { MessagesReader } from './read-usage.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';
import { writeModelList } from './write-models.ts';

export const anthropicMessages: DialectModule = {
  dialect: 'anthropic-messages',
  readRequest: parseRequest,
  newMeter: (input) => new AnswerMeter(input, new MessagesReader()),
  writeRefusal,
  writeStreamError,
  writeModelList,
};
