import type { Dialect } from '@aicarpool/shared-protocol';
import type { Loose } from './canonical.ts';

/** What a request asks for, read without the code under test, in the words of the corpus (`translate/*.json`, `canonical`). */
export interface CanonicalRequest {
  readonly system: string;
  readonly turns: readonly { readonly role: string; readonly parts: readonly Loose[] }[];
  readonly tools: readonly Loose[];
  readonly toolChoice: Loose;
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[] | null;
  readonly reasoning: { readonly enabled: boolean } | null;
  readonly json: Loose;
}

export function canonicalRequest(dialect: Dialect, body: Loose): CanonicalRequest {
  if (dialect === 'anthropic-messages') return ofAnthropic(body);
  if (dialect === 'gemini') return ofGemini(body);
  return dialect === 'openai-chat' ? ofChat(body) : ofResponses(body);
}

type Turns = { role: string; parts: Loose[] }[];

function add(turns: Turns, role: string, parts: readonly Loose[]): void {
  const last = turns.at(-1);
  if (parts.length === 0) return;
  if (last?.role === role) last.parts.push(...parts);
  else turns.push({ role, parts: [...parts] });
}

const image = (url: string): Loose => {
  const data = /^data:([^;]+);base64,(.*)$/s.exec(url);
  return data ? { t: 'image', mime: data[1], base64: data[2] } : { t: 'image', url };
};

/** Keywords that formats demand or drop without changing what is meant. */
export function bareSchema(schema: Loose): Loose {
  if (Array.isArray(schema)) return schema.map(bareSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([name]) => !['additionalProperties', 'title', 'format', 'strict'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, bareSchema(value)]));
}

const tool = (name: string, description: string, schema: Loose): Loose => ({ name, description, schema: bareSchema(schema) });

function ofAnthropic(body: Loose): CanonicalRequest {
  const turns: Turns = [];
  const names = new Map<string, string>();
  for (const { role, content } of body.messages) {
    for (const block of content) {
      if (block.type === 'text') add(turns, role, [{ t: 'text', text: block.text }]);
      if (block.type === 'image') {
        const { type, url, media_type, data } = block.source;
        add(turns, role, [type === 'url' ? { t: 'image', url } : { t: 'image', mime: media_type, base64: data }]);
      }
      if (block.type === 'tool_use') {
        names.set(block.id, block.name);
        add(turns, role, [{ t: 'toolCall', name: block.name, args: block.input }]);
      }
      if (block.type === 'tool_result') {
        add(turns, 'tool', [{ t: 'toolResult', name: names.get(block.tool_use_id), text: block.content }]);
      }
    }
  }
  const { tool_choice: choice, output_config } = body;
  const format = output_config?.format;
  return {
    system: (body.system ?? []).map((block: Loose) => block.text).join('\n\n'),
    turns,
    tools: (body.tools ?? []).map((one: Loose) =>
      one.type ? { server: one.type } : tool(one.name, one.description, one.input_schema),
    ),
    toolChoice: choice ? (choice.type === 'tool' ? { name: choice.name } : choice.type) : null,
    maxTokens: body.max_tokens,
    temperature: body.temperature ?? null,
    topP: body.top_p ?? null,
    topK: body.top_k ?? null,
    stop: body.stop_sequences ?? null,
    reasoning: body.thinking ? { enabled: body.thinking.type !== 'disabled' } : null,
    json: format ? { schema: bareSchema(format.schema) } : null,
  };
}

function ofGemini(body: Loose): CanonicalRequest {
  const turns: Turns = [];
  for (const { role, parts } of body.contents) {
    for (const part of parts) {
      const side = role === 'model' ? 'assistant' : 'user';
      if (part.text) add(turns, side, [{ t: 'text', text: part.text }]);
      if (part.inlineData) add(turns, side, [{ t: 'image', mime: part.inlineData.mimeType, base64: part.inlineData.data }]);
      if (part.fileData) add(turns, side, [{ t: 'image', url: part.fileData.fileUri }]);
      if (part.functionCall) add(turns, side, [{ t: 'toolCall', name: part.functionCall.name, args: part.functionCall.args }]);
      if (part.functionResponse) {
        const { name, response } = part.functionResponse;
        add(turns, 'tool', [{ t: 'toolResult', name, text: response.output }]);
      }
    }
  }
  const config = body.generationConfig ?? {};
  const calling = body.toolConfig?.functionCallingConfig;
  const [only] = calling?.allowedFunctionNames ?? [];
  const thinking = config.thinkingConfig;
  const schema = config.responseJsonSchema;
  const isJson = config.responseMimeType === 'application/json';
  const declared = (body.tools ?? []).flatMap((one: Loose) => one.functionDeclarations ?? []);
  return {
    system: (body.systemInstruction?.parts ?? []).map((part: Loose) => part.text).join('\n\n'),
    turns,
    tools: declared.map((one: Loose) => tool(one.name, one.description, one.parametersJsonSchema)),
    toolChoice: calling ? (only ? { name: only } : calling.mode.toLowerCase()) : null,
    maxTokens: config.maxOutputTokens ?? null,
    temperature: config.temperature ?? null,
    topP: config.topP ?? null,
    topK: config.topK ?? null,
    stop: config.stopSequences ?? null,
    reasoning: thinking ? { enabled: thinking.thinkingBudget !== 0 } : null,
    json: isJson ? (schema ? { schema: bareSchema(schema) } : 'object') : null,
  };
}

function openaiRest(body: Loose, format: Loose, effort: string | undefined) {
  const choice = body.tool_choice;
  const name = choice?.name ?? choice?.function?.name;
  return {
    toolChoice: choice ? (name ? { name } : choice === 'required' ? 'any' : choice) : null,
    temperature: body.temperature ?? null,
    topP: body.top_p ?? null,
    topK: null,
    stop: body.stop ?? null,
    reasoning: effort ? { enabled: effort !== 'none' } : null,
    json: format ? (format.schema ? { schema: bareSchema(format.schema) } : 'object') : null,
  };
}

function ofChat(body: Loose): CanonicalRequest {
  const turns: Turns = [];
  const names = new Map<string, string>();
  for (const message of body.messages) {
    const { role, content } = message;
    if (role === 'system') continue;
    if (role === 'tool') {
      add(turns, 'tool', [{ t: 'toolResult', name: names.get(message.tool_call_id), text: content }]);
      continue;
    }
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
    const said = parts.map((part: Loose) => (part.type === 'text' ? { t: 'text', text: part.text } : image(part.image_url.url)));
    add(turns, role, said);
    for (const call of message.tool_calls ?? []) {
      names.set(call.id, call.function.name);
      add(turns, role, [{ t: 'toolCall', name: call.function.name, args: JSON.parse(call.function.arguments) }]);
    }
  }
  const { response_format: format } = body;
  return {
    system: body.messages.find((message: Loose) => message.role === 'system')?.content ?? '',
    turns,
    tools: (body.tools ?? []).map(({ function: one }: Loose) => tool(one.name, one.description, one.parameters)),
    maxTokens: body.max_completion_tokens ?? null,
    ...openaiRest(body, format?.json_schema ?? format, body.reasoning_effort),
  };
}

function ofResponses(body: Loose): CanonicalRequest {
  const turns: Turns = [];
  const names = new Map<string, string>();
  for (const item of body.input) {
    if (item.type === 'message') {
      const parts = typeof item.content === 'string' ? [{ type: 'input_text', text: item.content }] : item.content;
      const said = parts.map((part: Loose) =>
        part.type === 'input_image' ? image(part.image_url) : { t: 'text', text: part.text },
      );
      add(turns, item.role, said);
    }
    if (item.type === 'function_call') {
      names.set(item.call_id, item.name);
      add(turns, 'assistant', [{ t: 'toolCall', name: item.name, args: JSON.parse(item.arguments) }]);
    }
    if (item.type === 'function_call_output') {
      add(turns, 'tool', [{ t: 'toolResult', name: names.get(item.call_id), text: item.output }]);
    }
  }
  const tools = (body.tools ?? []).map((one: Loose) =>
    one.type === 'function' ? tool(one.name, one.description, one.parameters) : { server: one.type },
  );
  return {
    system: body.instructions ?? '',
    turns,
    tools,
    maxTokens: body.max_output_tokens ?? null,
    ...openaiRest(body, body.text?.format, body.reasoning?.effort),
  };
}
