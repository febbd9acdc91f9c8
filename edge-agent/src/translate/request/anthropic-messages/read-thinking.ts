import { findNumber, findText, objectOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ThinkingWish {
  /** `off` was said; `open`: nothing was said, the model does as it does by itself. */
  readonly mode: 'on' | 'off' | 'open';
  readonly effort: Effort | undefined;
  readonly budgetTokens: number | undefined;
  /** The caller wants to read the thinking, not only to give it back. */
  readonly isShown: boolean;
}

const efforts = new Map<string, Effort>((['low', 'medium', 'high', 'xhigh', 'max'] as const).map((effort) => [effort, effort]));

export function readThinking(body: JsonObject): ThinkingWish {
  const thinking = objectOf(body['thinking']);
  const type = findText(thinking['type']);
  const mode = type === undefined ? 'open' : type === 'disabled' ? 'off' : 'on';
  const said = efforts.get(findText(objectOf(body['output_config'])['effort']) ?? '');
  const budgetTokens = mode === 'on' ? findNumber(thinking['budget_tokens']) : undefined;
  const effort = said ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  return { mode, effort, budgetTokens, isShown: mode === 'on' && thinking['display'] !== 'omitted' };
}

/** Budgets in the middle of what each effort comes to. */
function effortOfBudget(tokens: number): Effort {
  if (tokens <= 4096) return 'low';
  return tokens <= 16_384 ? 'medium' : 'high';
}
