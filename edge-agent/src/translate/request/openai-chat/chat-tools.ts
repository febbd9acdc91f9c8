import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, isObject, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { freeformDescription, freeformSchema } from '../openai-responses/caller-tools.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';

export interface ChatTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly schema: JsonObject | undefined;
  readonly strict: JsonValue | undefined;
  readonly freeform: boolean;
  /** `custom` or `function` of the declaration. */
  readonly declaration: JsonObject;
  readonly cacheControl: JsonObject | undefined;
}

export type ChatToolChoice =
  | { readonly kind: 'none' | 'auto' | 'required' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'allowed'; readonly names: readonly string[]; readonly mode: 'auto' | 'required' };

/** Declared tools, the older `functions` among them. */
export function readChatTools(request: JsonObject, target: Dialect): readonly ChatTool[] {
  const functions = objectsOf(request['functions']).map((declaration) => functionTool(declaration, undefined));
  return [...objectsOf(request['tools']).map((tool) => readTool(tool, target)), ...functions];
}

function readTool(tool: JsonObject, target: Dialect): ChatTool {
  const cacheControl = isObject(tool['cache_control']) ? tool['cache_control'] : undefined;
  if (tool['type'] === 'custom') return customTool(objectOf(tool['custom']), cacheControl);
  if (tool['type'] === 'function' || isObject(tool['function'])) return functionTool(objectOf(tool['function']), cacheControl);
  const advice = 'Declare it as a function, or use a service that speaks OpenAI Chat Completions.';
  throw new NotTranslatable(`A tool of type \`${textOf(tool['type']).slice(0, 60)}\``, formatNames[target], advice);
}

function functionTool(declaration: JsonObject, cacheControl: JsonObject | undefined): ChatTool {
  return {
    name: textOf(declaration['name']),
    description: findText(declaration['description']),
    schema: isObject(declaration['parameters']) ? declaration['parameters'] : undefined,
    strict: declaration['strict'],
    freeform: false,
    declaration,
    cacheControl,
  };
}

/** Where every input is JSON, plain input is the one member of an object; the answer takes it out again. */
function customTool(declaration: JsonObject, cacheControl: JsonObject | undefined): ChatTool {
  const grammar = objectOf(objectOf(declaration['format'])['grammar']);
  const format = { ...objectOf(declaration['format']), ...grammar };
  return {
    name: textOf(declaration['name']),
    description: findText(freeformDescription({ ...declaration, format })),
    schema: freeformSchema,
    strict: undefined,
    freeform: true,
    declaration,
    cacheControl,
  };
}

export function readChatToolChoice(request: JsonObject): ChatToolChoice | undefined {
  const choice = request['tool_choice'] ?? request['function_call'];
  if (choice === 'none' || choice === 'auto' || choice === 'required') return { kind: choice };
  if (choice === 'any') return { kind: 'required' };
  if (!isObject(choice)) return undefined;
  if (choice['type'] === 'allowed_tools') return allowedTools(choice);
  const name = nameIn(choice);
  return name === undefined ? undefined : { kind: 'named', name };
}

function allowedTools(choice: JsonObject): ChatToolChoice {
  const allowed = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice;
  const names = objectsOf(allowed['tools']).flatMap((tool) => nameIn(tool) ?? []);
  return { kind: 'allowed', names, mode: allowed['mode'] === 'required' ? 'required' : 'auto' };
}

function nameIn(choice: JsonObject): string | undefined {
  return findText(objectOf(choice['function'] ?? choice['custom'])['name']) ?? findText(choice['name']);
}

/** Tools that may be called: where only some are allowed, the others need not be shown. */
export function allowedOf(tools: readonly ChatTool[], choice: ChatToolChoice | undefined): readonly ChatTool[] {
  return choice?.kind === 'allowed' ? tools.filter(({ name }) => choice.names.includes(name)) : tools;
}
