import { present } from '../parts/json.ts';
import { capOutput } from '../parts/models.ts';
import { NotTranslatable } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import type { Ask, AskedThinking } from './ask.ts';
import { geminiContents } from './gemini-contents.ts';

const budgets: Readonly<Record<string, number>> = { minimal: 512, low: 4096, medium: 8192, high: 24_576 };
const levels: Readonly<Record<string, string>> = { minimal: 'MINIMAL', low: 'LOW', medium: 'MEDIUM' };

interface GeminiModel {
  /** Gemini 3 and later: thinks by level, checks signatures, mixes its own tools with functions. */
  readonly isThird: boolean;
  readonly isPro: boolean;
}

function geminiModel(name: string): GeminiModel {
  const version = /gemini-(\d+)/.exec(name);
  return { isThird: version !== null && Number(version[1]) >= 3, isPro: name.includes('pro') };
}

/** Body of `:countTokens`. */
export function countWithGemini(ask: Ask, model: string): JsonObject {
  return { generateContentRequest: { model: `models/${model}`, ...question(ask, geminiModel(model)) } };
}

/** Body of `:generateContent` and `:streamGenerateContent`. */
export function askGemini(ask: Ask, modelName: string): JsonObject {
  const model = geminiModel(modelName);
  const { json, stop, thinking } = ask;
  const generationConfig = present({
    maxOutputTokens: ask.maxTokens === null ? undefined : capOutput(modelName, ask.maxTokens),
    temperature: ask.temperature ?? undefined,
    topP: ask.topP ?? undefined,
    topK: ask.topK ?? undefined,
    stopSequences: stop.length > 0 ? stop : undefined,
    responseMimeType: json ? 'application/json' : undefined,
    responseJsonSchema: json?.schema ?? undefined,
    thinkingConfig: thinking ? thinkingConfig(thinking, model) : undefined,
  });
  const config = Object.keys(generationConfig).length > 0 ? { generationConfig } : {};
  return { ...question(ask, model), ...config };
}

function question(ask: Ask, model: GeminiModel): JsonObject {
  const { system, turns } = ask.conversation;
  const declarations = ask.tools.map(({ name, description, schema }) =>
    present({ name, description: description ?? undefined, parametersJsonSchema: schema }),
  );
  const functions = declarations.length > 0 ? [{ functionDeclarations: declarations }] : [];
  const tools = [...functions, ...(ask.search ? [searchTool(ask.search)] : [])];
  return present({
    systemInstruction: system.length > 0 ? { parts: system.map((text) => ({ text })) } : undefined,
    contents: geminiContents(turns, model.isThird),
    tools: tools.length > 0 ? tools : undefined,
    toolConfig: toolConfig(ask, tools.length > 1 && model.isThird),
  });
}

function searchTool({ allowedDomains, blockedDomains, place }: NonNullable<Ask['search']>): JsonObject {
  if (allowedDomains.length > 0) throw new NotTranslatable('A web search in some domains only', 'Gemini', 'Leave the list out.');
  if (place) throw new NotTranslatable('The place of who searches', 'Gemini', 'Say the place in the question.');
  return { googleSearch: blockedDomains.length > 0 ? { excludeDomains: blockedDomains } : {} };
}

function toolConfig({ choice, tools }: Ask, isMixed: boolean): JsonObject | undefined {
  const functionCallingConfig = tools.length > 0 ? callingConfig(choice) : undefined;
  if (!functionCallingConfig && !isMixed) return undefined;
  return present({ functionCallingConfig, includeServerSideToolInvocations: isMixed ? true : undefined });
}

function callingConfig(choice: Ask['choice']): JsonObject | undefined {
  if (choice === null) return undefined;
  if (choice === 'auto' || choice === 'none') return { mode: choice.toUpperCase() };
  return choice === 'required' ? { mode: 'ANY' } : { mode: 'ANY', allowedFunctionNames: [choice.name] };
}

/** Some models cannot stop thinking: they think as little as they can. */
function thinkingConfig({ effort, isShown }: AskedThinking, { isThird, isPro }: GeminiModel): JsonObject {
  if (effort === 'none') {
    if (isThird) return { thinkingLevel: isPro ? 'LOW' : 'MINIMAL' };
    return { thinkingBudget: isPro ? 128 : 0 };
  }
  const includeThoughts = isShown;
  if (effort === null) return { includeThoughts };
  if (!isThird)
    return { includeThoughts, thinkingBudget: (Object.hasOwn(budgets, effort) ? budgets[effort] : undefined) ?? 24_576 };
  const level = (Object.hasOwn(levels, effort) ? levels[effort] : undefined) ?? 'HIGH';
  return { includeThoughts, thinkingLevel: isPro && level === 'MINIMAL' ? 'LOW' : level };
}
