import type { Dialect } from '@aicarpool/shared-protocol';
import type { Ask, AskedChoice, AskedJson, AskedSearch, AskedThinking } from '../../ask/ask.ts';
import { findNumber, findText, isObject, listOf, objectOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';
import { allowedOf, type ChatToolChoice, readChatToolChoice, readChatTools } from './chat-tools.ts';
import { readChatConversation } from './read-conversation.ts';

/** What a chat request asks for, read for an upstream of `target`. */
export function readChatAsk(request: JsonObject, target: Dialect): Ask {
  const choice = readChatToolChoice(request);
  const tools = allowedOf(readChatTools(request, target), choice);
  return {
    conversation: readChatConversation(request, target),
    tools: tools.map(({ name, description, schema, strict, cacheControl }) => ({
      name: portableName(name),
      description: description ?? null,
      schema: schema ?? { type: 'object', properties: {} },
      strict: typeof strict === 'boolean' ? strict : null,
      ...(cacheControl ? { cacheControl } : {}),
    })),
    choice: choice ? askedChoice(choice) : null,
    isParallel: typeof request['parallel_tool_calls'] === 'boolean' ? request['parallel_tool_calls'] : null,
    search: readSearch(request),
    maxTokens: findNumber(request['max_completion_tokens']) ?? findNumber(request['max_tokens']) ?? null,
    temperature: findNumber(request['temperature']) ?? null,
    topP: findNumber(request['top_p']) ?? null,
    topK: findNumber(request['top_k']) ?? null,
    stop: stopsOf(request),
    seed: findNumber(request['seed']) ?? null,
    presencePenalty: findNumber(request['presence_penalty']) ?? null,
    frequencyPenalty: findNumber(request['frequency_penalty']) ?? null,
    thinking: readThinking(request),
    json: readJson(request, target),
  };
}

export function stopsOf({ stop }: JsonObject): readonly string[] {
  return [stop, ...listOf(stop)].filter((one) => typeof one === 'string' && one !== '') as readonly string[];
}

function askedChoice(choice: ChatToolChoice): AskedChoice {
  if (choice.kind === 'named') return { name: portableName(choice.name) };
  return choice.kind === 'allowed' ? choice.mode : choice.kind;
}

/** `reasoning` (OpenRouter), `thinking` (Anthropic's own chat address, GLM) and `enable_thinking` (Qwen) wish for the same. */
function readThinking(request: JsonObject): AskedThinking | null {
  const reasoning = objectOf(request['reasoning']);
  const thinking = objectOf(request['thinking']);
  const effort = findText(request['reasoning_effort']) ?? findText(reasoning['effort']) ?? null;
  const budget = findNumber(reasoning['max_tokens']) ?? findNumber(thinking['budget_tokens']) ?? null;
  const switches = [reasoning['enabled'], request['enable_thinking'], thinking['type']];
  if (switches.some((one) => one === false || one === 'disabled')) return { effort: 'none', budget: null, isShown: false };
  const isOn = switches.some((one) => one === true || one === 'enabled' || one === 'adaptive');
  if (effort === null && budget === null && !isOn) return null;
  return { effort, budget, isShown: reasoning['exclude'] !== true };
}

function readJson(request: JsonObject, target: Dialect): AskedJson | null {
  const format = request['response_format'];
  if (!isObject(format) || format['type'] === 'text') return null;
  if (format['type'] === 'json_object') return { schema: null, name: 'response', strict: null };
  const wanted = objectOf(format['json_schema']);
  if (format['type'] !== 'json_schema') {
    const advice = 'Use `json_schema` or `json_object`.';
    throw new NotTranslatable(
      `\`response_format\` of type \`${String(format['type']).slice(0, 60)}\``,
      formatNames[target],
      advice,
    );
  }
  const schema = isObject(wanted['schema']) ? wanted['schema'] : null;
  const strict = typeof wanted['strict'] === 'boolean' ? wanted['strict'] : null;
  return { schema, name: findText(wanted['name']) ?? 'response', strict };
}

/** How much is read of what is found is the provider's affair; where the asker is decides what is found. */
function readSearch(request: JsonObject): AskedSearch | null {
  const options = request['web_search_options'];
  if (!isObject(options)) return null;
  const { approximate } = objectOf(options['user_location']);
  return {
    allowedDomains: [],
    blockedDomains: [],
    place: isObject(approximate) ? { type: 'approximate', ...approximate } : null,
  };
}
