import type { StopMeaning } from '../../answer-step.ts';

/** OpenAI's words first, then what compatible vendors put in their place. */
const meanings: Readonly<Record<string, StopMeaning>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  end_turn: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop_sequence',
  max_tokens: 'length',
  model_length: 'length',
  tool_use: 'tool_calls',
  sensitive: 'content_filter',
  safety: 'content_filter',
  pause_turn: 'pause',
};

/** Some vendors say `stop` where the model waits for its tools. */
export function chatStop(reason: string, hasCalls: boolean): StopMeaning {
  const word = reason.toLowerCase();
  const meaning = Object.hasOwn(meanings, word) ? meanings[word] : undefined;
  return meaning === 'stop' && hasCalls ? 'tool_calls' : (meaning ?? 'other');
}
