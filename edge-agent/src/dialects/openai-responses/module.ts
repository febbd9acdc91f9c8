import { AnswerMeter } from '../answer/answer-meter.ts';
import type { DialectModule } from '../dialect.ts';
import { writeOpenAiModels } from '../openai/write-openai-models.ts';
import { parseRequest } from './parse-request.ts';
import { ResponsesReader } from './read-usage.ts';
import { writeRefusal, writeStreamError } from './write-error.ts';

export const openaiResponses: DialectModule = {
  dialect: 'openai-responses',
  readRequest: parseRequest,
  newMeter: (input) => new AnswerMeter(input, new ResponsesReader()),
  writeRefusal,
  writeStreamError,
  writeModelList: writeOpenAiModels,
};
