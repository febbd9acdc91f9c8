import type { Dialect } from '@aicarpool/shared-protocol';
import { findNumber, isObject, listOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { refuseOthers } from '../refuse-members.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';

/** Members that every pair says in its own words. */
const translated = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'web_search_options',
];

/**
 * Left out on purpose: who is asking, where and how fast it is served and cached, what the provider keeps, and how the
 * draw is seeded. The answer means the same without them.
 */
const hints = [
  'user',
  'safety_identifier',
  'metadata',
  'store',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'cache_control',
  'prediction',
  'seed',
  'verbosity',
  'include_reasoning',
  'provider',
  'transforms',
  'usage',
];

const known: ReadonlySet<string> = new Set([...translated, ...hints]);

/** `more`: what this pair can say besides. Settings at their defaults say nothing and pass. */
export function checkChatFields(request: JsonObject, target: Dialect, more: readonly string[] = []): void {
  const settled = Object.fromEntries(Object.entries(request).filter(([name, value]) => !isDefault(name, value)));
  const n = findNumber(settled['n']);
  if (n !== undefined && !more.includes('n')) {
    throw new NotTranslatable(`\`n\`: ${n} (several answers at once)`, formatNames[target], 'Ask once for each answer.');
  }
  if (listOf(settled['modalities']).includes('audio')) {
    throw new NotTranslatable(
      'Audio output',
      formatNames[target],
      'Ask for text, or use a service that speaks OpenAI Chat Completions.',
    );
  }
  refuseOthers(settled, '', formatNames[target], new Set([...known, ...more]));
}

function isDefault(name: string, value: JsonObject[string]): boolean {
  switch (name) {
    case 'n':
      return value === 1;
    case 'logprobs':
      return value === false;
    case 'top_logprobs':
    case 'frequency_penalty':
    case 'presence_penalty':
      return value === 0;
    case 'logit_bias':
      return isObject(value) && Object.keys(value).length === 0;
    case 'modalities':
      return listOf(value).every((one) => one === 'text');
    case 'audio':
    case 'moderation':
      return value === null;
    default:
      return false;
  }
}
