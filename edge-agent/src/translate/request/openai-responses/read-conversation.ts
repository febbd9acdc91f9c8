import type { Dialect } from '@aicarpool/shared-protocol';
import { findObject, findText, objectsOf, textOf } from '../../parts/json.ts';
import { findRedacted, unwrapProof } from '../../parts/thinking-proof.ts';
import type { JsonObject } from '../../translation.ts';
import { portableId } from '../portable-name.ts';
import { formatNames } from '../targets.ts';
import { addPart, type Conversation, NotTranslatable, type Thinking, type Turn } from '../turns.ts';
import { type CallerTools, freeformArguments } from './caller-tools.ts';
import { readContent } from './content.ts';

/** Instructions and input items of a Responses request, for an upstream of `target`. */
export function readConversation(request: JsonObject, tools: CallerTools, target: Dialect): Conversation {
  const reader = new InputReader(tools, target);
  const instructions = findText(request['instructions']);
  if (instructions !== undefined) reader.system.push(instructions);
  const { input } = request;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : objectsOf(input);
  for (const item of items) reader.read(item);
  return { system: reader.system, turns: reader.turns };
}

/** Told elsewhere (tools), or a trace of what OpenAI ran itself: the text behind it says what came of it. */
const silent = new Set(['additional_tools', 'web_search_call', 'tool_search_call', 'tool_search_output']);

class InputReader {
  readonly system: string[] = [];
  readonly turns: Turn[] = [];
  readonly #tools: CallerTools;
  readonly #target: Dialect;
  readonly #names = new Map<string, string>();

  constructor(tools: CallerTools, target: Dialect) {
    this.#tools = tools;
    this.#target = target;
  }

  read(item: JsonObject): void {
    const type = findText(item['type']) ?? 'message';
    if (type === 'message') this.#readMessage(item);
    else if (type === 'function_call' || type === 'custom_tool_call') this.#readCall(item, type);
    else if (type === 'function_call_output' || type === 'custom_tool_call_output') this.#readOutput(item);
    else if (type === 'reasoning') this.#readReasoning(item);
    else if (type === 'image_generation_call') this.#readImage(item);
    else if (!silent.has(type)) {
      const advice = 'Start the conversation anew without it, or use a service that speaks OpenAI Responses.';
      throw new NotTranslatable(`An input item of type \`${type}\``, formatNames[this.#target], advice);
    }
  }

  #readMessage(item: JsonObject): void {
    const content = readContent(item['content'], this.#target);
    const isInstruction = item['role'] === 'system' || item['role'] === 'developer';
    if (!isInstruction) {
      addPart(this.turns, item['role'] === 'assistant' ? 'assistant' : 'user', ...content);
      return;
    }
    const text = content.map((part) => (part.kind === 'text' ? part.text : '')).join('\n\n');
    if (text === '') return;
    // Once the conversation runs, its place says what it is about: it stays there, in the user's turn.
    if (this.turns.length === 0) this.system.push(text);
    else addPart(this.turns, 'user', { kind: 'text', text });
  }

  #readCall(item: JsonObject, type: string): void {
    const id = portableId(textOf(item['call_id']));
    const name = this.#tools.flatName(findText(item['namespace']), textOf(item['name']));
    this.#names.set(id, name);
    const given = textOf(item['arguments']);
    const parsed = given.trim() === '' ? {} : (findObject(given) ?? { _invalid_json: given });
    const input = type === 'custom_tool_call' ? freeformArguments(textOf(item['input'])) : parsed;
    addPart(this.turns, 'assistant', { kind: 'call', id, name, input });
  }

  #readOutput(item: JsonObject): void {
    const id = portableId(textOf(item['call_id']));
    const content = readContent(item['output'], this.#target);
    addPart(this.turns, 'user', { kind: 'result', id, name: this.#names.get(id) ?? '', isError: false, content });
  }

  #readReasoning(item: JsonObject): void {
    const unwrapped = unwrapProof(textOf(item['encrypted_content']));
    if (unwrapped?.dialect !== this.#target) return;
    const { isOfCall } = unwrapped;
    const summary = objectsOf(item['summary']).map((part) => textOf(part['text']));
    const redacted = findRedacted(unwrapped.proof);
    const thinking: Thinking = {
      kind: 'thinking',
      text: summary.join('\n\n'),
      proof: redacted ?? unwrapped.proof,
      redacted: redacted !== undefined,
      isOfCall,
    };
    addPart(this.turns, 'assistant', thinking);
  }

  #readImage(item: JsonObject): void {
    const base64 = findText(item['result']);
    if (base64 === undefined) return;
    const mimeType = `image/${findText(item['output_format']) ?? 'png'}`;
    addPart(this.turns, 'assistant', { kind: 'media', mimeType, base64, url: null, name: null });
  }
}
