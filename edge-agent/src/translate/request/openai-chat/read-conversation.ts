import type { Dialect } from '@aicarpool/shared-protocol';
import { findObject, findText, isObject, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { freeformArguments } from '../openai-responses/caller-tools.ts';
import { portableId, portableName } from '../portable-name.ts';
import { addPart, type Conversation, type Turn, type TurnPart } from '../turns.ts';
import { readAssistantContent, readChatContent, textOfContent } from './chat-content.ts';
import { findCallSignature, readReasoning } from './read-reasoning.ts';
import { withSpeakers } from './speakers.ts';

/** The messages of a chat request, for an upstream of `target`. */
export function readChatConversation(request: JsonObject, target: Dialect): Conversation {
  const reader = new MessageReader(target);
  for (const message of withSpeakers(request)) reader.read(message);
  return { system: reader.system, turns: reader.turns };
}

/** A system message with its parts as they are, for formats that can mark them. */
export function isInstruction(message: JsonObject): boolean {
  return message['role'] === 'system' || message['role'] === 'developer';
}

class MessageReader {
  readonly system: string[] = [];
  readonly turns: Turn[] = [];
  readonly #target: Dialect;
  readonly #names = new Map<string, string>();
  #legacyCalls = 0;

  constructor(target: Dialect) {
    this.#target = target;
  }

  read(message: JsonObject): void {
    if (isInstruction(message)) this.#readInstruction(message);
    else if (message['role'] === 'assistant') this.#readAssistant(message);
    else if (message['role'] === 'tool') this.#readResult(message, textOf(message['tool_call_id']));
    else if (message['role'] === 'function') this.#readResult(message, legacyId(Math.max(0, this.#legacyCalls - 1)));
    else this.#add('user', this.#withCache(message, readChatContent(message['content'], this.#target)));
  }

  #add(role: Turn['role'], parts: readonly TurnPart[]): void {
    if (parts.length > 0) addPart(this.turns, role, ...parts);
  }

  /** A mark on the message goes for its last part. */
  #withCache<T extends { readonly cacheControl?: JsonObject }>(message: JsonObject, parts: readonly T[]): readonly T[] {
    const cacheControl = message['cache_control'];
    const isMarked = parts.some((part) => part.cacheControl);
    if (!isObject(cacheControl) || isMarked) return parts;
    return parts.map((part, at) => (at === parts.length - 1 ? { ...part, cacheControl } : part));
  }

  /** Once the conversation runs, its place says what it is about: it stays there, in the user's turn. */
  #readInstruction(message: JsonObject): void {
    const text = textOfContent(message['content'], this.#target);
    if (text === '') return;
    if (this.turns.length === 0) this.system.push(text);
    else addPart(this.turns, 'user', { kind: 'text', text });
  }

  #readAssistant(message: JsonObject): void {
    this.#add('assistant', readReasoning(message, this.#target));
    this.#add('assistant', this.#withCache(message, readAssistantContent(message, this.#target)));
    for (const [at, call] of objectsOf(message['tool_calls']).entries()) this.#readCall(call, message, at);
    const legacy = message['function_call'];
    if (isObject(legacy)) this.#addCall(legacyId(this.#legacyCalls++), textOf(legacy['name']), argumentsOf(legacy));
  }

  #readCall(call: JsonObject, message: JsonObject, at: number): void {
    const signature = this.#target === 'gemini' ? findCallSignature(call, at === 0 ? message : {}) : undefined;
    if (signature !== undefined) {
      addPart(this.turns, 'assistant', { kind: 'thinking', text: '', proof: signature, redacted: false, isOfCall: true });
    }
    const custom = isObject(call['custom']) ? call['custom'] : undefined;
    const body = custom ?? objectOf(call['function']);
    const input = custom ? freeformArguments(textOf(custom['input'])) : argumentsOf(body);
    this.#addCall(textOf(call['id']), textOf(body['name']), input);
  }

  #addCall(givenId: string, givenName: string, input: JsonObject): void {
    const id = portableId(givenId);
    const name = portableName(givenName);
    this.#names.set(id, name);
    addPart(this.turns, 'assistant', { kind: 'call', id, name, input });
  }

  #readResult(message: JsonObject, givenId: string): void {
    const id = portableId(givenId);
    const name = this.#names.get(id) ?? portableName(findText(message['name']) ?? '');
    const content = readChatContent(message['content'], this.#target);
    addPart(this.turns, 'user', { kind: 'result', id, name, isError: false, content });
  }
}

function legacyId(place: number): string {
  return `call_function_${place}`;
}

function argumentsOf(body: JsonObject): JsonObject {
  const given = body['arguments'];
  if (isObject(given)) return given;
  const text = textOf(given);
  return text.trim() === '' ? {} : (findObject(text) ?? { _invalid_json: text });
}
