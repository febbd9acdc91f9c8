import { present } from '../parts/json.ts';
import { capOutput, hasOwnSampling, neverThinks } from '../parts/models.ts';
import { NotTranslatable } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import type { Ask } from './ask.ts';
import { effortOf } from './openai-effort.ts';
import { responsesInput } from './responses-input.ts';

const target = 'OpenAI Responses';

/** Body of `/v1/responses/input_tokens`. */
export function countWithOpenai(ask: Ask, model: string): JsonObject {
  return present({ model, ...question(ask, model) });
}

/** Body of `/v1/responses`. Nothing is stored there: reasoning comes back sealed, to be kept by the caller. */
export function askOpenaiResponses(ask: Ask, model: string, stream: boolean): JsonObject {
  if (ask.presencePenalty || ask.frequencyPenalty) {
    throw new NotTranslatable('A presence or frequency penalty', target, 'Leave it out.');
  }
  const isOwn = hasOwnSampling(model);
  const keepsReasoning = isOwn || (ask.thinking !== null && !neverThinks(model));
  return present({
    model,
    ...question(ask, model),
    max_output_tokens: ask.maxTokens === null ? undefined : capOutput(model, ask.maxTokens),
    ...(isOwn ? {} : { temperature: ask.temperature ?? undefined, top_p: ask.topP ?? undefined }),
    include: keepsReasoning ? ['reasoning.encrypted_content'] : undefined,
    store: false,
    stream,
  });
}

function question(ask: Ask, model: string): JsonObject {
  const { conversation, search } = ask;
  const { system, turns } = conversation;
  const tools = [...ask.tools.map(toolOf), ...(search ? [searchTool(search)] : [])];
  return {
    instructions: system.length > 0 ? system.join('\n\n') : undefined,
    input: responsesInput(turns),
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: tools.length > 0 ? choiceOf(ask) : undefined,
    parallel_tool_calls: tools.length > 0 ? (ask.isParallel ?? undefined) : undefined,
    reasoning: neverThinks(model) ? undefined : reasoningOf(ask),
    text: formatOf(ask),
  };
}

function toolOf({ name, description, schema, strict }: Ask['tools'][number]): JsonObject {
  return present({ type: 'function', name, description: description ?? undefined, parameters: schema, strict: strict ?? false });
}

function searchTool({ allowedDomains, blockedDomains }: NonNullable<Ask['search']>): JsonObject {
  if (blockedDomains.length > 0) throw new NotTranslatable('A web search that leaves domains out', target, 'Leave the list out.');
  return allowedDomains.length > 0
    ? { type: 'web_search', filters: { allowed_domains: allowedDomains } }
    : { type: 'web_search' };
}

function choiceOf({ choice }: Ask): JsonObject | string | undefined {
  if (choice === null) return undefined;
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.name };
}

function reasoningOf({ thinking }: Ask): JsonObject | undefined {
  if (!thinking) return undefined;
  const reasoning = present({ effort: effortOf(thinking), summary: thinking.isShown ? 'auto' : undefined });
  return Object.keys(reasoning).length > 0 ? reasoning : undefined;
}

function formatOf({ json }: Ask): JsonObject | undefined {
  if (!json) return undefined;
  const { name, schema, strict } = json;
  if (!schema) return { format: { type: 'json_object' } };
  return { format: present({ type: 'json_schema', name, schema, strict: strict ?? false }) };
}
