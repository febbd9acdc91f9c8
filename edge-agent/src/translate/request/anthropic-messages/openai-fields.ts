import { findNumber } from '../../parts/json.ts';
import { hasOwnSampling, neverThinks, takesStop } from '../../parts/models.ts';
import { isStrictSchema } from '../../parts/strict-schema.ts';
import type { JsonObject } from '../../translation.ts';
import { stopSequences } from './answer-filters.ts';
import { readThinking } from './read-thinking.ts';

const MAX_STOPS = 4;

/** OpenAI's thinking models answer 400 to sampling; `top_k` is known to none: how words are drawn changes no meaning. */
export function openaiSampling(body: JsonObject, model: string): JsonObject {
  if (hasOwnSampling(model)) return {};
  return { temperature: findNumber(body['temperature']), top_p: findNumber(body['top_p']) };
}

/** More than four are not taken, nor any by some models: the answer is then cut on its way to the caller. */
export function openaiStop(body: JsonObject, model: string): readonly string[] | undefined {
  const sequences = stopSequences(body);
  return sequences.length > 0 && sequences.length <= MAX_STOPS && takesStop(model) ? sequences : undefined;
}

/** Thinking that is switched off is left to the model: few know a word for none, and the others answer 400 to it. */
export function openaiEffort(body: JsonObject, model: string): string | undefined {
  if (neverThinks(model)) return undefined;
  const { mode, effort } = readThinking(body);
  if (mode === 'off') return undefined;
  if (effort === 'max') return 'xhigh';
  return effort ?? (mode === 'on' ? 'medium' : undefined);
}

export function openaiFormat(schema: JsonObject): JsonObject {
  return { name: 'response', schema, ...(isStrictSchema(schema) ? { strict: true } : {}) };
}
