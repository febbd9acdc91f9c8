import { isObject, present } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { hasMembers, readToolChoice, readTools, type ToolChoice } from './read-tools.ts';

export function geminiTools(body: JsonObject, problems: Untranslatable): JsonObject {
  const { functions, webSearch, webFetch } = readTools(body['tools'], problems);
  const declarations = functions.map(({ name, description, schema }) =>
    present({ name: portableName(name), description, parametersJsonSchema: schema }),
  );
  const tools: JsonObject[] = declarations.length > 0 ? [{ functionDeclarations: declarations }] : [];
  if (webSearch) tools.push({ googleSearch: {} });
  if (webFetch) tools.push({ urlContext: {} });
  for (const tool of [webSearch, webFetch]) if (tool) checkDomains(tool, problems);
  if (declarations.length > 0 && tools.length > 1) {
    const how = 'ask for one of them at a time, or ask a model that Anthropic serves.';
    problems.refuse('Tools of the client beside web search by the provider', how);
  }
  if (tools.length === 0) return {};
  const choice = declarations.length > 0 ? callingConfig(readToolChoice(body)) : undefined;
  return { tools, ...(choice ? { toolConfig: { functionCallingConfig: choice } } : {}) };
}

function checkDomains(tool: JsonObject, problems: Untranslatable): void {
  if (isObject(tool['user_location'])) {
    problems.refuse(
      'The place of who searches (user_location)',
      'say the place in the question, or ask a model that Anthropic serves.',
    );
  }
  if (hasMembers(tool['allowed_domains']) || hasMembers(tool['blocked_domains'])) {
    problems.refuse(
      'Web search within given domains',
      'leave allowed_domains and blocked_domains out, or ask a model that Anthropic serves.',
    );
  }
}

function callingConfig(choice: ToolChoice): JsonObject | undefined {
  if (!choice) return undefined;
  if (choice.kind === 'named') return { mode: 'ANY', allowedFunctionNames: [portableName(choice.name)] };
  return { mode: choice.kind.toUpperCase() };
}
