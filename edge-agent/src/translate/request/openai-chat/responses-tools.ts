import { findText, isObject, objectOf, present, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { type ChatTool, type ChatToolChoice, readChatToolChoice, readChatTools } from './chat-tools.ts';

/** Tools, web search and how they may be called, in the words of Responses; functions and freeform tools stay what they are. */
export function responsesTools(request: JsonObject): JsonObject {
  const declared = readChatTools(request, 'openai-responses');
  const search = request['web_search_options'];
  const tools = [...declared.map(toolOf), ...(isObject(search) ? [searchTool(search)] : [])];
  if (tools.length === 0) return {};
  const choice = readChatToolChoice(request);
  const freeform = new Set(declared.filter((tool) => tool.freeform).map(({ name }) => name));
  return present({
    tools,
    tool_choice: choice && choiceOf(choice, freeform),
    parallel_tool_calls: typeof request['parallel_tool_calls'] === 'boolean' ? request['parallel_tool_calls'] : undefined,
  });
}

/** Chat is not strict where nothing is said; Responses is. */
function toolOf({ name, description, schema, strict, freeform, declaration }: ChatTool): JsonObject {
  if (!freeform) {
    const parameters = schema ?? { type: 'object', properties: {} };
    return present({ type: 'function', name, description, parameters, strict: strict === true });
  }
  const { format } = declaration;
  const grammar = isObject(format) && isObject(format['grammar']) ? { type: 'grammar', ...format['grammar'] } : format;
  return present({ type: 'custom', name, description: findText(declaration['description']), format: grammar });
}

function searchTool(options: JsonObject): JsonObject {
  const place = objectOf(options['user_location']);
  const where = isObject(place['approximate']) ? { type: 'approximate', ...place['approximate'] } : undefined;
  return present({ type: 'web_search', search_context_size: findText(options['search_context_size']), user_location: where });
}

function choiceOf(choice: ChatToolChoice, freeform: ReadonlySet<string>): JsonValue {
  const named = (name: string): JsonObject => ({ type: freeform.has(name) ? 'custom' : 'function', name });
  if (choice.kind === 'named') return named(choice.name);
  if (choice.kind === 'allowed') return { type: 'allowed_tools', mode: choice.mode, tools: choice.names.map(named) };
  return choice.kind;
}

export function responsesText(request: JsonObject): JsonObject | undefined {
  const format = request['response_format'];
  const verbosity = findText(request['verbosity']);
  const said = present({ verbosity, format: isObject(format) ? formatOf(format) : undefined });
  return Object.keys(said).length === 0 ? undefined : said;
}

function formatOf(format: JsonObject): JsonObject {
  if (format['type'] !== 'json_schema') return { type: textOf(format['type']) };
  const wanted = objectOf(format['json_schema']);
  const about = { name: findText(wanted['name']) ?? 'response', description: findText(wanted['description']) };
  return present({ type: 'json_schema', ...about, schema: wanted['schema'], strict: wanted['strict'] === true });
}
