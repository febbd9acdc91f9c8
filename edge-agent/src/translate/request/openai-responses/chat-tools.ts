import { findText, isObject, listOf, objectOf, objectsOf, present, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { NotTranslatable } from '../turns.ts';
import { type CallerTool, type CallerTools, freeformDescription, freeformSchema } from './caller-tools.ts';

const target = 'OpenAI Chat Completions';

/** Tools and their choice as a chat request says them; web search is a setting of its own there. */
export function chatTools(request: JsonObject, tools: CallerTools, takesFreeform: boolean): JsonObject {
  const declared = tools.functions.map((tool) => toolOf(tool, takesFreeform));
  const search = tools.hosted.map(searchOptions).at(-1);
  const choice = declared.length > 0 ? choiceOf(request['tool_choice'], tools, takesFreeform) : undefined;
  return present({
    tools: declared.length > 0 ? declared : undefined,
    tool_choice: choice,
    parallel_tool_calls:
      declared.length > 0 && typeof request['parallel_tool_calls'] === 'boolean' ? request['parallel_tool_calls'] : undefined,
    web_search_options: search,
  });
}

/** Responses is strict where nothing is said; chat is not. */
function toolOf({ flatName: name, freeform, declaration }: CallerTool, takesFreeform: boolean): JsonObject {
  if (freeform && takesFreeform) return { type: 'custom', custom: customOf(name, declaration) };
  const description = freeform ? freeformDescription(declaration) : textOf(declaration['description']);
  const given = isObject(declaration['parameters']) ? declaration['parameters'] : { type: 'object', properties: {} };
  const about = {
    name,
    description: description === '' ? undefined : description,
    parameters: freeform ? freeformSchema : given,
  };
  return { type: 'function', function: present({ ...about, strict: declaration['strict'] === true ? true : undefined }) };
}

function customOf(name: string, declaration: JsonObject): JsonObject {
  const { format } = declaration;
  const isGrammar = isObject(format) && format['type'] === 'grammar';
  const grammar = isGrammar ? { definition: format['definition'], syntax: format['syntax'] } : undefined;
  return present({
    name,
    description: findText(declaration['description']),
    format: grammar ? { type: 'grammar', grammar } : format,
  });
}

function searchOptions(tool: JsonObject): JsonObject {
  const type = textOf(tool['type']);
  if (!type.startsWith('web_search')) {
    const advice = 'Leave it out, or use a service that speaks OpenAI Responses.';
    throw new NotTranslatable(`A tool of type \`${type.slice(0, 60)}\``, target, advice);
  }
  const filters = objectOf(tool['filters']);
  if (listOf(filters['allowed_domains']).length > 0 || listOf(filters['blocked_domains']).length > 0) {
    throw new NotTranslatable('A web search in some domains only', target, 'Leave the list out.');
  }
  const { type: _approximate, ...place } = objectOf(tool['user_location']);
  const where = Object.keys(place).length > 0 ? { type: 'approximate', approximate: place } : undefined;
  return present({ search_context_size: findText(tool['search_context_size']), user_location: where });
}

function choiceOf(choice: JsonValue | undefined, tools: CallerTools, takesFreeform: boolean): JsonValue | undefined {
  if (typeof choice === 'string') return choice;
  if (!isObject(choice)) return undefined;
  const named = (one: JsonObject): JsonObject => {
    const name = tools.flatName(findText(one['namespace']), textOf(one['name']));
    const isCustom = takesFreeform && tools.findByFlatName(name)?.freeform === true;
    return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } };
  };
  if (choice['type'] === 'function' || choice['type'] === 'custom') return named(choice);
  if (choice['type'] === 'allowed_tools') {
    const mode = choice['mode'] === 'required' ? 'required' : 'auto';
    return { type: 'allowed_tools', allowed_tools: { mode, tools: objectsOf(choice['tools']).map(named) } };
  }
  const advice = 'Use `auto`, or use a service that speaks OpenAI Responses.';
  throw new NotTranslatable(`A \`tool_choice\` of type \`${textOf(choice['type']).slice(0, 60)}\``, target, advice);
}
