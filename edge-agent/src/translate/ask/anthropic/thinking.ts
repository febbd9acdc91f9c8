import { NotTranslatable } from '../../request/turns.ts';
import type { JsonObject } from '../../translation.ts';
import type { Ask, AskedThinking } from '../ask.ts';
import { type ClaudeModel, claudeModel } from './claude-model.ts';

const MIN_BUDGET = 1024;
/** Left for the answer where the caller set no limit. */
const ANSWER_TOKENS = 8192;

const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 4096, medium: 10_000, high: 24_000 };
const MAX_BUDGET = 31_999;

export interface ThinkingSettings {
  readonly isOn: boolean;
  readonly thinking: JsonObject | undefined;
  readonly effort: string | undefined;
  readonly maxTokens: number;
}

/** Thinking and the output limit, which decide over each other. */
export function thinkingSettings(ask: Ask, modelName: string): ThinkingSettings {
  const model = claudeModel(modelName);
  const maxTokens = limitOf(ask, model);
  const off = { isOn: false, thinking: undefined, effort: undefined, maxTokens };
  const { thinking } = ask;
  if (!thinking) return off;
  if (thinking.effort === 'none' || thinking.budget === 0) return { ...off, thinking: { type: 'disabled' } };
  // The API takes no thinking beside a tool that must be called.
  if (ask.choice !== null && ask.choice !== 'auto' && ask.choice !== 'none') return off;
  if (model.isAdaptive) {
    const adaptive = { type: 'adaptive', ...(thinking.isShown ? { display: 'summarized' } : {}) };
    return { isOn: true, thinking: adaptive, effort: effortOf(thinking, model), maxTokens };
  }
  if (isInsideUnprovenToolUse(ask)) return off;
  return enabled(ask.maxTokens === null ? null : maxTokens, budgetOf(thinking), model);
}

function limitOf({ maxTokens }: Ask, { mostTokens, defaultMaxTokens }: ClaudeModel): number {
  return maxTokens === null ? defaultMaxTokens : Math.min(maxTokens, mostTokens ?? maxTokens);
}

function enabled(asked: number | null, wanted: number, model: ClaudeModel): ThinkingSettings {
  if (asked !== null && asked <= MIN_BUDGET) {
    const advice = `Raise the limit above ${MIN_BUDGET}, or switch reasoning off.`;
    throw new NotTranslatable(`Reasoning with at most ${asked} output tokens`, 'Anthropic Messages', advice);
  }
  const maxTokens = asked ?? Math.max(model.defaultMaxTokens, wanted + ANSWER_TOKENS);
  const budget = Math.max(MIN_BUDGET, Math.min(wanted, Math.floor(maxTokens * 0.8)));
  return { isOn: true, thinking: { type: 'enabled', budget_tokens: budget }, effort: undefined, maxTokens };
}

function budgetOf({ budget, effort }: AskedThinking): number {
  if (budget !== null && budget > 0) return Math.max(MIN_BUDGET, Math.floor(budget));
  if (effort === null) return budgets['medium'] ?? MIN_BUDGET;
  return (Object.hasOwn(budgets, effort) ? budgets[effort] : undefined) ?? MAX_BUDGET;
}

function effortOf({ effort, budget }: AskedThinking, model: ClaudeModel): string | undefined {
  if (effort === 'xhigh' || effort === 'max') return effort === 'xhigh' && model.takesXhigh ? 'xhigh' : 'max';
  if (effort !== null) return effort === 'minimal' ? 'low' : effort;
  if (budget === null || budget < 0) return undefined;
  return budget <= 2048 ? 'low' : budget <= 10_000 ? 'medium' : 'high';
}

/**
 * Older models refuse to go on thinking behind tool calls that come without their own thinking: those of another
 * provider, or of a client that forgot it.
 */
function isInsideUnprovenToolUse({ conversation }: Ask): boolean {
  const { turns } = conversation;
  if (!turns.at(-1)?.parts.some(({ kind }) => kind === 'result')) return false;
  const caller = turns.findLast(({ role }) => role === 'assistant');
  return caller !== undefined && caller.parts[0]?.kind !== 'thinking';
}
