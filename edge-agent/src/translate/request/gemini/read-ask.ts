import type { Dialect } from '@aicarpool/shared-protocol';
import type { Ask, AskedChoice, AskedJson, AskedSearch, AskedThinking, AskedTool } from '../../ask/ask.ts';
import { findNumber, findText, isObject, listOf, objectOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { refuseOthers } from '../refuse-members.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';
import { GeminiTools } from './caller-tools.ts';
import { findSchema } from './json-schema.ts';
import { camelCase, member } from './member.ts';
import { readConversation } from './read-conversation.ts';

/** `model` only names the upstream; filters, labels and tiers are hints that other providers have no place for. */
const knownMembers = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'labels',
  'serviceTier',
  'store',
]);

/** Translated, checked below, or hints: seeds and resolutions steer quality and repetition, not meaning. */
const knownSettings = new Set([
  'temperature',
  'topP',
  'topK',
  'maxOutputTokens',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'candidateCount',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
  'mediaResolution',
  'audioTimestamp',
  'enableEnhancedCivicAnswers',
  'routingConfig',
  'modelSelectionConfig',
]);

const knownToolSettings = new Set(['functionCallingConfig', 'includeServerSideToolInvocations']);
/** When a model searches at all is a hint. */
const knownSearchSettings = new Set(['excludeDomains', 'dynamicRetrievalConfig']);

export function readAsk(request: JsonObject, target: Dialect): Ask {
  const format = formatNames[target];
  refuseOthers(request, '', format, knownMembers, camelCase);
  const config = objectOf(member(request, 'generationConfig'));
  refuseOthers(config, 'generationConfig.', format, knownSettings, camelCase);
  checkSettings(config, format);
  const tools = new GeminiTools(request);
  const toolConfig = objectOf(member(request, 'toolConfig'));
  refuseOthers(toolConfig, 'toolConfig.', format, knownToolSettings, camelCase);
  checkFunctions(tools, format);
  const number = (name: string) => findNumber(member(config, name)) ?? null;
  return {
    conversation: readConversation(request, target),
    ...readTools(tools, toolConfig),
    isParallel: null,
    search: readSearch(tools, format),
    maxTokens: number('maxOutputTokens'),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    stop: listOf(member(config, 'stopSequences')).filter((one) => typeof one === 'string'),
    seed: number('seed'),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    thinking: readThinking(member(config, 'thinkingConfig')),
    json: readJson(config, format),
  };
}

function checkFunctions({ declarations }: GeminiTools, format: string): void {
  const isFree = declarations.some((one) => textOf(member(one, 'behavior')).toUpperCase() === 'NON_BLOCKING');
  if (isFree) throw new NotTranslatable('A function that does not block (`behavior`)', format, 'Let the model wait for results.');
}

function checkSettings(config: JsonObject, format: string): void {
  if ((findNumber(member(config, 'candidateCount')) ?? 1) > 1) {
    throw new NotTranslatable('More than one candidate', format, 'Set `candidateCount` to 1.');
  }
  const modalities = listOf(member(config, 'responseModalities')).filter((one) => textOf(one).toUpperCase() !== 'TEXT');
  if (modalities.length > 0) {
    throw new NotTranslatable(
      'An answer other than text (`responseModalities`)',
      format,
      'Ask for TEXT, or use a Gemini service.',
    );
  }
}

function readTools(
  tools: GeminiTools,
  toolConfig: JsonObject,
): { readonly tools: readonly AskedTool[]; readonly choice: AskedChoice | null } {
  const calling = objectOf(member(toolConfig, 'functionCallingConfig'));
  const mode = textOf(calling['mode']).toUpperCase();
  const allowed = listOf(member(calling, 'allowedFunctionNames')).map((name) => portableName(textOf(name)));
  const all = tools.declarations.map(toolOf);
  // No other API lets the model see functions that it may not call: these are not shown.
  const shown = allowed.length > 0 ? all.filter(({ name }) => allowed.includes(name)) : all;
  const [only] = allowed;
  if (mode === 'ANY') return { tools: shown, choice: allowed.length === 1 && only !== undefined ? { name: only } : 'required' };
  const choices: Readonly<Record<string, AskedChoice>> = { AUTO: 'auto', VALIDATED: 'auto', NONE: 'none' };
  return { tools: shown, choice: (Object.hasOwn(choices, mode) ? choices[mode] : undefined) ?? null };
}

function toolOf(declaration: JsonObject): AskedTool {
  const schema = findSchema(member(declaration, 'parametersJsonSchema'), member(declaration, 'parameters')) ?? {};
  return {
    name: portableName(textOf(declaration['name'])),
    description: findText(declaration['description']) ?? null,
    schema: schema['type'] === undefined ? { type: 'object', properties: {}, ...schema } : schema,
    strict: null,
  };
}

function readSearch(tools: GeminiTools, format: string): AskedSearch | null {
  let search: AskedSearch | null = null;
  for (const [name, settings] of tools.hosted) {
    const own = camelCase(name);
    if (own !== 'googleSearch' && own !== 'googleSearchRetrieval') {
      throw new NotTranslatable(`The tool \`${name}\`, which Google runs,`, format, 'Leave it out, or use a Gemini service.');
    }
    const wishes = isObject(settings) ? settings : {};
    refuseOthers(wishes, `${name}.`, format, knownSearchSettings, camelCase);
    search = { allowedDomains: [], blockedDomains: listOf(member(wishes, 'excludeDomains')).map(textOf), place: null };
  }
  return search;
}

function readThinking(config: JsonValue | undefined): AskedThinking | null {
  if (!isObject(config)) return null;
  const level = findText(member(config, 'thinkingLevel'))?.toLowerCase();
  const isShown = member(config, 'includeThoughts') === true;
  const effort = level === undefined || level === 'thinking_level_unspecified' ? null : level;
  return { effort, budget: findNumber(member(config, 'thinkingBudget')) ?? null, isShown };
}

function readJson(config: JsonObject, format: string): AskedJson | null {
  const type = findText(member(config, 'responseMimeType')) ?? 'text/plain';
  if (type === 'text/plain') return null;
  if (type !== 'application/json') {
    throw new NotTranslatable(`An answer of type ${type}`, format, 'Ask for application/json with a schema.');
  }
  const schema = findSchema(member(config, 'responseJsonSchema'), member(config, 'responseSchema')) ?? null;
  return { schema, name: 'response', strict: null };
}
