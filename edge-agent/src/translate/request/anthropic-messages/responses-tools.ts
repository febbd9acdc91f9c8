import { isObject, present } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { forbidsParallel, hasMembers, readToolChoice, readTools, type ToolChoice } from './read-tools.ts';

export function responsesTools(body: JsonObject, problems: Untranslatable): JsonObject {
  const { functions, webSearch, webFetch } = readTools(body['tools'], problems);
  if (webFetch)
    problems.refuse('Reading web pages by the provider', 'let the client read pages, or ask a model of Anthropic or Gemini.');
  const tools: JsonObject[] = functions.map(({ name, description, schema, strict }) =>
    // Without a word on it OpenAI keeps strictly to the schema, and gives null for what may be absent.
    present({ type: 'function', name: portableName(name), description, parameters: schema, strict: strict ?? false }),
  );
  if (webSearch) tools.push(searchTool(webSearch, problems));
  if (tools.length === 0) return {};
  const parallel = forbidsParallel(body) ? { parallel_tool_calls: false } : {};
  return { tools, tool_choice: responsesToolChoice(readToolChoice(body), webSearch), ...parallel };
}

/** `max_uses` is a cap on costs that OpenAI counts as `max_tool_calls` over all its tools: not said. */
function searchTool(tool: JsonObject, problems: Untranslatable): JsonObject {
  if (hasMembers(tool['blocked_domains'])) {
    problems.refuse(
      'Web search with blocked_domains',
      'name allowed_domains in their place, or ask a model that Anthropic serves.',
    );
  }
  const filters = hasMembers(tool['allowed_domains']) ? { allowed_domains: tool['allowed_domains'] } : undefined;
  const location = isObject(tool['user_location']) ? tool['user_location'] : undefined;
  return present({ type: 'web_search', filters, user_location: location });
}

function responsesToolChoice(choice: ToolChoice, webSearch: JsonObject | undefined): JsonValue | undefined {
  if (!choice) return undefined;
  if (choice.kind === 'named') {
    const isSearch = webSearch !== undefined && choice.name === webSearch['name'];
    return isSearch ? { type: 'web_search' } : { type: 'function', name: portableName(choice.name) };
  }
  return choice.kind === 'any' ? 'required' : choice.kind;
}
