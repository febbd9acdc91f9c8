import { present } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { forbidsParallel, readToolChoice, readTools, type ToolChoice } from './read-tools.ts';

const noServerTools = 'ask a model of a service that searches by itself (Anthropic, Gemini, OpenAI Responses).';

export function chatTools(body: JsonObject, problems: Untranslatable): JsonObject {
  const { functions, webSearch, webFetch } = readTools(body['tools'], problems);
  if (webSearch) problems.refuse('Web search by the provider', noServerTools);
  if (webFetch) problems.refuse('Reading web pages by the provider', noServerTools);
  if (functions.length === 0) return {};
  const tools = functions.map(({ name, description, schema, strict }) => ({
    type: 'function',
    function: present({ name: portableName(name), description, parameters: schema, strict }),
  }));
  const parallel = forbidsParallel(body) ? { parallel_tool_calls: false } : {};
  return { tools, tool_choice: chatToolChoice(readToolChoice(body)), ...parallel };
}

function chatToolChoice(choice: ToolChoice): JsonValue | undefined {
  if (!choice) return undefined;
  if (choice.kind === 'named') return { type: 'function', function: { name: portableName(choice.name) } };
  return choice.kind === 'any' ? 'required' : choice.kind;
}
