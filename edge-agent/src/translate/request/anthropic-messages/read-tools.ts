import { findText, isAbsent, isObject, listOf, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';

export interface CallerTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly schema: JsonObject;
  readonly strict: boolean | undefined;
}

export interface CallerTools {
  readonly functions: readonly CallerTool[];
  /** The tools of the provider's own searching and reading of pages, as they were written. */
  readonly webSearch: JsonObject | undefined;
  readonly webFetch: JsonObject | undefined;
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'any' | 'none' }
  | { readonly kind: 'named'; readonly name: string }
  | undefined;

const openSchema: JsonObject = { type: 'object', properties: {} };

/** Tools of Anthropic's own making run on the client but are known to its models only. */
export function readTools(tools: JsonValue | undefined, problems: Untranslatable): CallerTools {
  const functions: CallerTool[] = [];
  let webSearch: JsonObject | undefined;
  let webFetch: JsonObject | undefined;
  for (const tool of objectsOf(tools)) {
    const type = findText(tool['type']) ?? 'custom';
    if (type === 'custom') functions.push(readFunction(tool));
    else if (type.startsWith('web_search_')) webSearch = tool;
    else if (type.startsWith('web_fetch_')) webFetch = tool;
    // All tools are sent at once, so that there is none left to be searched for.
    else if (!type.startsWith('tool_search_tool_')) refuseTool(tool, type, problems);
  }
  return { functions, webSearch, webFetch };
}

function readFunction(tool: JsonObject): CallerTool {
  return {
    name: textOf(tool['name']),
    description: findText(tool['description']),
    schema: isObject(tool['input_schema']) ? tool['input_schema'] : openSchema,
    strict: typeof tool['strict'] === 'boolean' ? tool['strict'] : undefined,
  };
}

function refuseTool(tool: JsonObject, type: string, problems: Untranslatable): void {
  const name = findText(tool['name']);
  const told = name === undefined ? '' : ` "${name.slice(0, 60)}"`;
  const how = 'define it as a tool of your own with an input_schema, or ask a model that Anthropic serves.';
  problems.refuse(`The tool${told} of type "${type.slice(0, 60)}"`, how);
}

export function readToolChoice(body: JsonObject): ToolChoice {
  const choice = objectOf(body['tool_choice']);
  const type = choice['type'];
  if (type === 'auto' || type === 'any' || type === 'none') return { kind: type };
  return type === 'tool' ? { kind: 'named', name: textOf(choice['name']) } : undefined;
}

export function forbidsParallel(body: JsonObject): boolean {
  return objectOf(body['tool_choice'])['disable_parallel_tool_use'] === true;
}

export function hasMembers(value: JsonValue | undefined): boolean {
  return !isAbsent(value) && listOf(value).length > 0;
}

/** Names of the caller's own tools, by which the answer must call them. */
export function toolNames(body: JsonObject): readonly string[] {
  return objectsOf(body['tools'])
    .map(({ name }) => textOf(name))
    .filter((name) => name !== '');
}
