import { findNumber, present } from '../../parts/json.ts';
import { capOutput } from '../../parts/models.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject } from '../../translation.ts';
import { stopSequences } from './answer-filters.ts';
import { findOutputSchema } from './check-fields.ts';
import { type Effort, readThinking } from './read-thinking.ts';

const MAX_STOPS = 5;

export function geminiConfig(body: JsonObject, model: string, problems: Untranslatable): JsonObject {
  const maxTokens = findNumber(body['max_tokens']);
  const stops = stopSequences(body);
  const schema = findOutputSchema(body, problems);
  return present({
    maxOutputTokens: maxTokens === undefined ? undefined : capOutput(model, maxTokens),
    temperature: findNumber(body['temperature']),
    topP: findNumber(body['top_p']),
    topK: findNumber(body['top_k']),
    stopSequences: stops.length > 0 && stops.length <= MAX_STOPS ? stops : undefined,
    ...(schema ? { responseMimeType: 'application/json', responseJsonSchema: schema } : {}),
    thinkingConfig: thinkingConfig(body, model),
  });
}

const levels: Record<Effort, string> = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', xhigh: 'HIGH', max: 'HIGH' };
const budgets: Record<Effort, number> = { low: 2_048, medium: 8_192, high: 24_576, xhigh: 24_576, max: 24_576 };
const MAX_BUDGET_TOKENS = 24_576;
/** The model decides. */
const OPEN_BUDGET = -1;

/** Up to 2.5 Gemini is told a number of tokens, from 3 on a level; before 2.5 it did not think. */
function thinkingConfig(body: JsonObject, model: string): JsonObject | undefined {
  const { mode, effort, budgetTokens, isShown } = readThinking(body);
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (/^(gemini-1|gemini-2\.0|gemma)/.test(name)) return undefined;
  const isPro = name.includes('pro');
  if (name.startsWith('gemini-2.5')) {
    if (mode === 'off') return isPro ? undefined : { thinkingBudget: 0 };
    if (mode === 'open' && effort === undefined) return undefined;
    const asked = budgetTokens ?? (effort === undefined ? OPEN_BUDGET : budgets[effort]);
    return { includeThoughts: isShown, thinkingBudget: Math.min(asked, MAX_BUDGET_TOKENS) };
  }
  if (mode === 'off') return { thinkingLevel: isPro ? 'LOW' : 'MINIMAL' };
  if (mode === 'open' && effort === undefined) return undefined;
  const level = effort && levels[effort];
  const known = level === 'MEDIUM' && name.startsWith('gemini-3-pro') ? 'HIGH' : level;
  return present({ includeThoughts: isShown, thinkingLevel: known });
}
