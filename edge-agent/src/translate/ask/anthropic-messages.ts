import { present } from '../parts/json.ts';
import { NotTranslatable } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { withCacheMarks } from './anthropic/cache.ts';
import { claudeModel } from './anthropic/claude-model.ts';
import { thinkingSettings } from './anthropic/thinking.ts';
import { anthropicMessages } from './anthropic/turns.ts';
import type { Ask, AskedTool } from './ask.ts';
import { closedSchema } from './closed-schema.ts';

const anyJson = 'Answer with one JSON value and nothing else: no words before or after it, no code fence.';

/** Body of `/v1/messages/count_tokens`. */
export function countWithAnthropic(ask: Ask, model: string): JsonObject {
  const { thinking } = thinkingSettings(ask, model);
  return present({ model, ...input(ask), thinking });
}

/** Body of `/v1/messages`. */
export function askAnthropic(ask: Ask, model: string, stream: boolean): JsonObject {
  if (ask.presencePenalty || ask.frequencyPenalty) {
    throw new NotTranslatable('A presence or frequency penalty', 'Anthropic Messages', 'Leave it out.');
  }
  const { thinking, effort, isOn, maxTokens } = thinkingSettings(ask, model);
  const takesSampling = claudeModel(model).takesSampling && !isOn;
  const { json } = ask;
  const format = json?.schema ? { type: 'json_schema', schema: closedSchema(json.schema) } : undefined;
  const output = present({ effort, format });
  return present({
    model,
    max_tokens: maxTokens,
    ...(ask.tools.length > 0 ? withCacheMarks(input(ask)) : input(ask)),
    stop_sequences: ask.stop.length > 0 ? ask.stop : undefined,
    ...(takesSampling ? sampling(ask) : {}),
    thinking,
    output_config: Object.keys(output).length > 0 ? output : undefined,
    stream,
  });
}

function input(ask: Ask): JsonObject {
  const { conversation, json, search } = ask;
  const system = [...conversation.system, ...(json && !json.schema ? [anyJson] : [])];
  const tools = [...ask.tools.map(toolOf), ...(search ? [searchTool(search)] : [])];
  return {
    system: system.length > 0 ? system.map((text) => ({ type: 'text', text })) : undefined,
    messages: anthropicMessages(conversation.turns),
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: tools.length > 0 ? choiceOf(ask) : undefined,
  };
}

function toolOf({ name, description, schema, strict, cacheControl }: AskedTool): JsonObject {
  const input_schema = schema['type'] === 'object' ? schema : { type: 'object', ...schema };
  const about = { name, description: description ?? undefined, input_schema, strict: strict === true ? true : undefined };
  return present({ ...about, cache_control: cacheControl });
}

function searchTool({ allowedDomains, blockedDomains, place }: NonNullable<Ask['search']>): JsonObject {
  return present({
    type: 'web_search_20250305',
    name: 'web_search',
    allowed_domains: allowedDomains.length > 0 ? allowedDomains : undefined,
    blocked_domains: blockedDomains.length > 0 ? blockedDomains : undefined,
    user_location: place ?? undefined,
  });
}

function choiceOf({ choice, isParallel }: Ask): JsonObject | undefined {
  const one = isParallel === false ? { disable_parallel_tool_use: true } : {};
  if (choice === 'none') return { type: 'none' };
  if (choice === 'required') return { type: 'any', ...one };
  if (choice !== null && choice !== 'auto') return { type: 'tool', name: choice.name, ...one };
  return choice === 'auto' || isParallel === false ? { type: 'auto', ...one } : undefined;
}

/** Its range ends at 1, and newer models take one of the two only. */
function sampling({ temperature, topP, topK }: Ask): JsonObject {
  return {
    temperature: temperature === null ? undefined : Math.min(1, Math.max(0, temperature)),
    top_p: temperature === null && topP !== null ? topP : undefined,
    top_k: topK === null ? undefined : Math.round(topK),
  };
}
