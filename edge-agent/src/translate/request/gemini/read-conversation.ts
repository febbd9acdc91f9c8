import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, isObject, listOf, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { findCarriedThinking } from '../carried-thinking.ts';
import { portableName } from '../portable-name.ts';
import { formatNames } from '../targets.ts';
import { addPart, type Conversation, NotTranslatable, type Turn } from '../turns.ts';
import { CallIds } from './call-ids.ts';
import { readMedia } from './media.ts';
import { member } from './member.ts';
import { readResult } from './result.ts';

/** The system instruction and contents of a Gemini request, for an upstream of `target`. */
export function readConversation(request: JsonObject, target: Dialect): Conversation {
  const reader = new ContentReader(target);
  for (const content of contentsOf(request['contents'])) reader.read(content);
  return { system: systemOf(member(request, 'systemInstruction'), target), turns: reader.turns };
}

function contentsOf(contents: JsonValue | undefined): readonly JsonObject[] {
  if (typeof contents === 'string') return [{ parts: [{ text: contents }] }];
  const list: readonly (JsonValue | undefined)[] = Array.isArray(contents) ? contents : [contents];
  return list.flatMap((one) => (typeof one === 'string' ? [{ parts: [{ text: one }] }] : isObject(one) ? [one] : []));
}

function partsOf(content: JsonObject): readonly JsonObject[] {
  const { parts } = content;
  const list = isObject(parts) || typeof parts === 'string' ? [parts] : listOf(parts);
  return list.flatMap((part) => (typeof part === 'string' ? [{ text: part }] : isObject(part) ? [part] : []));
}

function systemOf(instruction: JsonValue | undefined, target: Dialect): readonly string[] {
  if (typeof instruction === 'string') return instruction === '' ? [] : [instruction];
  return objectsOf(Array.isArray(instruction) ? instruction : [instruction ?? null]).flatMap((content) => {
    const parts = 'parts' in content ? partsOf(content) : [content];
    return parts.flatMap((part) => {
      if (typeof part['text'] !== 'string')
        throw new NotTranslatable('A systemInstruction that is no text', formatNames[target], 'Say it as text.');
      return part['text'] === '' ? [] : [part['text']];
    });
  });
}

class ContentReader {
  readonly turns: Turn[] = [];
  readonly #target: Dialect;
  readonly #ids = new CallIds();

  constructor(target: Dialect) {
    this.#target = target;
  }

  read(content: JsonObject): void {
    const role = content['role'] === 'model' || content['role'] === 'assistant' ? 'assistant' : 'user';
    for (const part of partsOf(content)) this.#readPart(role, part);
  }

  #readPart(role: Turn['role'], part: JsonObject): void {
    const signature = textOf(member(part, 'thoughtSignature'));
    for (const thinking of findCarriedThinking(this.#target, signature) ?? []) {
      addPart(this.turns, role, { kind: 'thinking', isOfCall: false, ...thinking });
    }
    if (part['thought'] === true) return;
    const call = member(part, 'functionCall');
    const response = member(part, 'functionResponse');
    const media = readMedia(part, this.#target);
    if (isObject(call)) this.#readCall(role, call);
    else if (isObject(response)) this.#readResponse(response);
    else if (media) addPart(this.turns, role, media);
    else if (typeof part['text'] === 'string') this.#readText(role, part['text']);
    else this.#refuse(part);
  }

  #readText(role: Turn['role'], text: string): void {
    if (text !== '') addPart(this.turns, role, { kind: 'text', text });
  }

  #readCall(role: Turn['role'], call: JsonObject): void {
    const name = portableName(textOf(call['name']));
    const id = this.#ids.ofCall(name, findText(call['id']));
    addPart(this.turns, role, { kind: 'call', id, name, input: objectOf(call['args']) });
  }

  #readResponse(response: JsonObject): void {
    const name = portableName(textOf(response['name']));
    const id = this.#ids.ofResponse(name, findText(response['id']));
    addPart(this.turns, 'user', { kind: 'result', id, name, ...readResult(response, this.#target) });
  }

  /** Parts that say nothing (a signature alone, metadata) pass; the others name what they are. */
  #refuse(part: JsonObject): void {
    const feature = Object.keys(part).find((name) => !silent.has(name) && part[name] !== null);
    if (feature === undefined) return;
    const advice = 'Take such parts out of `contents`, or use a Gemini service.';
    throw new NotTranslatable(`A \`${feature}\` part`, formatNames[this.#target], advice);
  }
}

const silent = new Set([
  'thoughtSignature',
  'thought_signature',
  'thought',
  'text',
  'partMetadata',
  'part_metadata',
  'videoMetadata',
]);
