import { present } from '../parts/json.ts';
import { capOutput, hasOwnSampling, neverThinks, takesStop } from '../parts/models.ts';
import { NotTranslatable } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import type { Ask } from './ask.ts';
import { chatMessages } from './chat-messages.ts';
import { effortOf } from './openai-effort.ts';

const target = 'OpenAI Chat Completions';
const MAX_STOPS = 4;

/** Body of `/v1/chat/completions`. */
export function askOpenaiChat(ask: Ask, model: string, stream: boolean): JsonObject {
  const { search, stop, tools, thinking } = ask;
  if (search)
    throw new NotTranslatable('A web search that the provider runs', target, 'Leave it out, or use a service with web search.');
  return present({
    model,
    messages: chatMessages(ask.conversation),
    max_completion_tokens: ask.maxTokens === null ? undefined : capOutput(model, ask.maxTokens),
    ...(hasOwnSampling(model) ? {} : { temperature: ask.temperature ?? undefined, top_p: ask.topP ?? undefined }),
    // The answer is ended at all of them here; the upstream stops at those that it takes.
    stop: stop.length > 0 && takesStop(model) ? stop.slice(0, MAX_STOPS) : undefined,
    seed: ask.seed ?? undefined,
    presence_penalty: ask.presencePenalty ?? undefined,
    frequency_penalty: ask.frequencyPenalty ?? undefined,
    reasoning_effort: thinking && !neverThinks(model) ? effortOf(thinking) : undefined,
    response_format: formatOf(ask),
    tools: tools.length > 0 ? tools.map(toolOf) : undefined,
    tool_choice: tools.length > 0 ? choiceOf(ask) : undefined,
    parallel_tool_calls: tools.length > 0 ? (ask.isParallel ?? undefined) : undefined,
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
  });
}

function toolOf({ name, description, schema, strict }: Ask['tools'][number]): JsonObject {
  const about = { name, description: description ?? undefined, parameters: schema, strict: strict ?? undefined };
  return { type: 'function', function: present(about) };
}

function choiceOf({ choice }: Ask): JsonObject | string | undefined {
  if (choice === null) return undefined;
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function formatOf({ json }: Ask): JsonObject | undefined {
  if (!json) return undefined;
  const { name, schema, strict } = json;
  if (!schema) return { type: 'json_object' };
  return { type: 'json_schema', json_schema: present({ name, schema, strict: strict ?? undefined }) };
}
