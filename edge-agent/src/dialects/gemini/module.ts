import { AnswerMeter } from '../answer/answer-meter.ts';
import type { DialectModule } from '../dialect.ts';
import { parseRequest } from './parse-request.ts';
import { GeminiReader } from './read-usage.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';
import { writeModelList } from './write-models.ts';

export const gemini: DialectModule = {
  dialect: 'gemini',
  readRequest: parseRequest,
  newMeter: (input) => new AnswerMeter(input, new GeminiReader()),
  writeRefusal,
  writeStreamError,
  writeModelList,
};
