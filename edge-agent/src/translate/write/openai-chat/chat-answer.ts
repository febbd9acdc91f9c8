import { writeEvent } from '../../../dialects/sse/write-event.ts';
import { isObject, listOf, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { AnswerToTranslate, JsonObject, JsonValue } from '../../translation.ts';

/** Where the deltas of an answer go: out at once as chunks, or together into one message. */
export interface ChatAnswer {
  say(delta: JsonObject): string;
  finish(reason: string, usage: JsonObject | null): string;
}

export class ChatChunks implements ChatAnswer {
  readonly #input: AnswerToTranslate;
  readonly #head: JsonObject;
  readonly #tail: JsonObject;
  #isBegun = false;

  constructor(input: AnswerToTranslate) {
    this.#input = input;
    this.#head = { ...headOf(input, 'chat.completion.chunk'), service_tier: null, system_fingerprint: null };
    // Asked for usage, every chunk names it; else none may.
    this.#tail = asksForUsage(input) ? { usage: null } : {};
  }

  say(delta: JsonObject): string {
    const first = this.#isBegun ? '' : this.#chunk({ role: 'assistant', content: '', refusal: null }, null);
    this.#isBegun = true;
    return first + this.#chunk(delta, null);
  }

  finish(reason: string, usage: JsonObject | null): string {
    const first = this.#isBegun ? '' : this.#chunk({ role: 'assistant', content: '', refusal: null }, null);
    const last = { ...this.#head, choices: [], usage };
    const counted = usage && asksForUsage(this.#input) ? writeEvent(JSON.stringify(last)) : '';
    return `${first}${this.#chunk({}, reason)}${counted}${writeEvent('[DONE]')}`;
  }

  #chunk(delta: JsonObject, finishReason: string | null): string {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finishReason };
    return writeEvent(JSON.stringify({ ...this.#head, choices: [choice], ...this.#tail }));
  }
}

/** Puts the deltas together as an SDK would. */
export class ChatMessage implements ChatAnswer {
  readonly #input: AnswerToTranslate;
  readonly #texts = new Map<string, string[]>();
  readonly #lists = new Map<string, JsonValue[]>();
  readonly #calls: Record<string, JsonValue>[] = [];
  #legacyCall: JsonObject | undefined;

  constructor(input: AnswerToTranslate) {
    this.#input = input;
  }

  say(delta: JsonObject): string {
    for (const [name, value] of Object.entries(delta)) {
      if (typeof value === 'string') this.#addText(name, value);
      else if (name === 'tool_calls') for (const piece of objectsOf(value)) this.#addPiece(piece);
      else if (name === 'function_call') this.#legacyCall = joined(this.#legacyCall ?? {}, objectOf(value));
      else this.#lists.set(name, [...(this.#lists.get(name) ?? []), ...listOf(value)]);
    }
    return '';
  }

  finish(reason: string, usage: JsonObject | null): string {
    const texts = Object.fromEntries([...this.#texts].map(([name, pieces]) => [name, pieces.join('')]));
    const calls = this.#calls.length > 0 ? { tool_calls: this.#calls } : {};
    const legacy = this.#legacyCall ? { function_call: this.#legacyCall } : {};
    const lists = Object.fromEntries(this.#lists);
    const message = { role: 'assistant', content: null, refusal: null, annotations: [], ...texts, ...lists, ...calls, ...legacy };
    const choice = { index: 0, message, logprobs: null, finish_reason: reason };
    return JSON.stringify({
      ...headOf(this.#input, 'chat.completion'),
      choices: [choice],
      ...(usage ? { usage } : {}),
      service_tier: null,
      system_fingerprint: null,
    });
  }

  #addText(name: string, text: string): void {
    const pieces = this.#texts.get(name);
    if (pieces) pieces.push(text);
    else this.#texts.set(name, [text]);
  }

  #addPiece({ index, ...piece }: JsonObject): void {
    const at = typeof index === 'number' ? index : this.#calls.length;
    this.#calls[at] = joined(this.#calls[at] ?? {}, piece);
  }
}

function joined(known: JsonObject, piece: JsonObject): Record<string, JsonValue> {
  const result: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries({ ...known, ...piece })) {
    const before = known[name];
    if (value === undefined) continue;
    if (isObject(before) && isObject(piece[name])) result[name] = joined(before, objectOf(piece[name]));
    else if (name === 'arguments' || name === 'input') result[name] = textOf(before) + textOf(piece[name]);
    else result[name] = value;
  }
  return result;
}

function headOf(input: AnswerToTranslate, object: string): JsonObject {
  return { id: `chatcmpl-${input.requestId}`, object, created: Math.floor(input.nowMs / 1000), model: input.model };
}

function asksForUsage(input: AnswerToTranslate): boolean {
  return objectOf(input.request['stream_options'])['include_usage'] === true;
}
