import type { Dialect } from '@aicarpool/shared-protocol';
import type { Ask, AskedChoice, AskedJson, AskedSearch, AskedThinking, AskedTool } from '../../ask/ask.ts';
import { findNumber, findText, isObject, listOf, objectOf, textOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { refuseOthers } from '../refuse-members.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';
import { type CallerTool, CallerTools, freeformDescription, freeformSchema } from './caller-tools.ts';
import { readConversation } from './read-conversation.ts';

const translated = [
  'model',
  'input',
  'instructions',
  'stream',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'reasoning',
  'text',
];

/**
 * Left out on purpose: they steer caching, storage, billing, retention and housekeeping at OpenAI, or what is repeated
 * beside the answer; the answer itself means the same without them.
 */
const hints = [
  'store',
  'include',
  'metadata',
  'client_metadata',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
  'stream_options',
  'truncation',
  'user',
  'access_programs',
  'moderation',
  'max_tool_calls',
  'generate',
];

const known = new Set([...translated, ...hints]);

export function readAsk(request: JsonObject, target: Dialect): Ask {
  const format = formatNames[target];
  checkMembers(request, format);
  const callerTools = new CallerTools(request);
  const isShown = findText(objectOf(request['reasoning'])['summary']) !== undefined;
  return {
    conversation: readConversation(request, callerTools, target),
    ...readTools(callerTools, request, format),
    isParallel: typeof request['parallel_tool_calls'] === 'boolean' ? request['parallel_tool_calls'] : null,
    search: readSearch(callerTools, format),
    maxTokens: findNumber(request['max_output_tokens']) ?? null,
    temperature: findNumber(request['temperature']) ?? null,
    topP: findNumber(request['top_p']) ?? null,
    topK: null,
    stop: [],
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    thinking: readThinking(request, isShown),
    json: readJson(objectOf(request['text'])),
  };
}

function checkMembers(request: JsonObject, format: string): void {
  const { background, top_logprobs, ...others } = request;
  if (background === true)
    throw new NotTranslatable('An answer in the background', format, 'Send the request without `background`.');
  if (others['generate'] === false) throw new NotTranslatable('`generate`: false', format, 'Send the request without a warm-up.');
  const wantsLogprobs = listOf(others['include']).includes('message.output_text.logprobs');
  if (wantsLogprobs || (findNumber(top_logprobs) ?? 0) > 0)
    throw new NotTranslatable('Log probabilities', format, 'Leave `top_logprobs` out.');
  if (findText(others['previous_response_id']) !== undefined || others['conversation']) {
    const advice = 'Send the whole conversation in `input` (`store: false`).';
    throw new NotTranslatable('A conversation that is stored at OpenAI', format, advice);
  }
  refuseOthers({ ...others, previous_response_id: null }, '', format, known);
}

function readThinking(request: JsonObject, isShown: boolean): AskedThinking | null {
  const { reasoning } = request;
  if (!isObject(reasoning)) return null;
  return { effort: findText(reasoning['effort']) ?? null, budget: null, isShown };
}

/** Functions that only code run at OpenAI may call: the client never sees such calls. */
function checkCallers(tools: readonly CallerTool[], format: string): void {
  for (const { name, declaration } of tools) {
    const callers = listOf(declaration['allowed_callers']);
    if (callers.length === 0 || callers.includes('direct')) continue;
    throw new NotTranslatable(
      `The tool \`${name}\`, which only code may call,`,
      format,
      'Allow direct calls (`allowed_callers`).',
    );
  }
}

interface ReadTools {
  readonly tools: readonly AskedTool[];
  readonly choice: AskedChoice | null;
}

function readTools(callerTools: CallerTools, request: JsonObject, format: string): ReadTools {
  const { functions } = callerTools;
  const ordered = [...functions.filter(({ freeform }) => !freeform), ...functions.filter(({ freeform }) => freeform)];
  checkCallers(functions, format);
  const given = request['tool_choice'];
  if (given === 'auto' || given === 'none' || given === 'required') return { tools: ordered.map(toolOf), choice: given };
  if (!isObject(given)) return { tools: ordered.map(toolOf), choice: null };
  const flat = (one: JsonObject) => callerTools.flatName(findText(one['namespace']), textOf(one['name']));
  if (given['type'] === 'function' || given['type'] === 'custom')
    return { tools: ordered.map(toolOf), choice: { name: flat(given) } };
  if (given['type'] !== 'allowed_tools') {
    throw new NotTranslatable(`A tool_choice of type \`${textOf(given['type'])}\``, format, 'Let the model choose.');
  }
  const allowed = listOf(given['tools']).filter(isObject).map(flat);
  const shown = ordered.filter(({ flatName }) => allowed.includes(flatName));
  return { tools: shown.map(toolOf), choice: given['mode'] === 'required' ? 'required' : 'auto' };
}

function toolOf({ flatName, freeform, declaration }: CallerTool): AskedTool {
  const { parameters, strict, description } = declaration;
  if (freeform)
    return { name: flatName, description: freeformDescription(declaration) || null, schema: freeformSchema, strict: null };
  const schema = isObject(parameters) ? parameters : {};
  return {
    name: flatName,
    description: findText(description) ?? null,
    schema: schema['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema,
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

/** Hosted tools that only help to find others: all tools are shown at once here. */
const finders = new Set(['tool_search']);

function readSearch(tools: CallerTools, format: string): AskedSearch | null {
  let search: AskedSearch | null = null;
  for (const tool of tools.hosted) {
    const type = textOf(tool['type']);
    if (finders.has(type)) continue;
    if (!type.startsWith('web_search')) {
      throw new NotTranslatable(
        `The tool \`${type}\`, which OpenAI runs,`,
        format,
        'Leave it out, or use a service that speaks OpenAI Responses.',
      );
    }
    const allowed = listOf(objectOf(tool['filters'])['allowed_domains']);
    const blocked = listOf(objectOf(tool['filters'])['blocked_domains']);
    const place = isObject(tool['user_location']) ? tool['user_location'] : null;
    search = { allowedDomains: allowed.map(textOf), blockedDomains: blocked.map(textOf), place };
  }
  return search;
}

function readJson(text: JsonObject): AskedJson | null {
  const format = objectOf(text['format']);
  if (format['type'] === 'json_object') return { schema: null, name: 'response', strict: null };
  if (format['type'] !== 'json_schema') return null;
  const strict = typeof format['strict'] === 'boolean' ? format['strict'] : null;
  return { schema: objectOf(format['schema']), name: findText(format['name']) ?? 'response', strict };
}
