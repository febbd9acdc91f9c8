import { findNumber, findText, isObject, listOf, objectOf, objectsOf, present, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableId } from '../portable-name.ts';
import { NotTranslatable } from '../turns.ts';
import { refuseStoredAudio } from './chat-content.ts';
import { readReasoning } from './read-reasoning.ts';
import { withSpeakers } from './speakers.ts';

const target = 'OpenAI Responses';

/** The messages of a chat request as items: every message, call, result and proof of thinking is one of its own. */
export function responsesInput(request: JsonObject): readonly JsonObject[] {
  const reader = new ItemReader();
  for (const message of withSpeakers(request)) reader.read(message);
  return reader.items;
}

class ItemReader {
  readonly items: JsonObject[] = [];
  readonly #freeformCalls = new Set<string>();
  #legacyCalls = 0;

  read(message: JsonObject): void {
    const role = textOf(message['role']);
    if (role === 'assistant') this.#readAssistant(message);
    else if (role === 'tool') this.#addOutput(textOf(message['tool_call_id']), message['content']);
    else if (role === 'function') this.#addOutput(legacyId(Math.max(0, this.#legacyCalls - 1)), message['content']);
    else this.#add({ type: 'message', role: role === '' ? 'user' : role, content: contentOf(message['content']) });
  }

  #add(item: JsonObject): void {
    if (listOf(item['content']).length > 0 || textOf(item['content']) !== '' || item['type'] !== 'message') this.items.push(item);
  }

  #readAssistant(message: JsonObject): void {
    for (const { text, proof } of readReasoning(message, 'openai-responses')) {
      const summary = text === '' ? [] : [{ type: 'summary_text', text }];
      this.#add({ type: 'reasoning', summary, encrypted_content: proof });
    }
    refuseStoredAudio(message, 'openai-responses');
    this.#add({ type: 'message', role: 'assistant', content: assistantContent(message) });
    for (const call of objectsOf(message['tool_calls'])) this.#addCall(call);
    const legacy = message['function_call'];
    if (!isObject(legacy)) return;
    this.#addCall({ id: legacyId(this.#legacyCalls++), function: legacy });
  }

  #addCall(call: JsonObject): void {
    const call_id = portableId(textOf(call['id']));
    const custom = call['custom'];
    if (isObject(custom)) {
      this.#freeformCalls.add(call_id);
      this.#add({ type: 'custom_tool_call', call_id, name: textOf(custom['name']), input: textOf(custom['input']) });
      return;
    }
    const body = objectOf(call['function']);
    const given = body['arguments'];
    const args = isObject(given) ? JSON.stringify(given) : textOf(given);
    this.#add({ type: 'function_call', call_id, name: textOf(body['name']), arguments: args === '' ? '{}' : args });
  }

  #addOutput(givenId: string, content: JsonValue | undefined): void {
    const call_id = portableId(givenId);
    const type = this.#freeformCalls.has(call_id) ? 'custom_tool_call_output' : 'function_call_output';
    const output = contentOf(content);
    this.#add({ type, call_id, output });
  }
}

function legacyId(place: number): string {
  return `call_function_${place}`;
}

function assistantContent(message: JsonObject): readonly JsonObject[] {
  const { content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content);
  const refusal = findText(message['refusal']);
  const all = refusal === undefined ? parts : [...parts, { type: 'refusal', refusal }];
  return all.flatMap((part): readonly JsonObject[] => {
    if (part['type'] === 'refusal') return [{ type: 'refusal', refusal: textOf(part['refusal']) }];
    const text = findText(part['text']);
    return text === undefined ? [] : [{ type: 'output_text', text, annotations: [] }];
  });
}

/** One text stays a plain string. */
function contentOf(content: JsonValue | undefined): string | readonly JsonObject[] {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return content === undefined || content === null ? '' : JSON.stringify(content);
  const parts: readonly JsonValue[] = content;
  return parts.flatMap((part) =>
    typeof part === 'string' ? [{ type: 'input_text', text: part }] : isObject(part) ? [inputPart(part)] : [],
  );
}

function inputPart(part: JsonObject): JsonObject {
  switch (part['type']) {
    case 'text':
    case 'refusal':
      return { type: 'input_text', text: textOf(part['text'] ?? part['refusal']) };
    case 'image_url': {
      const image = objectOf(part['image_url']);
      const url = findText(image['url']) ?? textOf(part['image_url']);
      return present({ type: 'input_image', image_url: url, detail: findText(image['detail']) ?? 'auto' });
    }
    case 'file':
      return filePart(objectOf(part['file']));
    default: {
      const advice = 'Take it out of `messages`, or use a service that speaks OpenAI Chat Completions.';
      throw new NotTranslatable(`Content of type \`${textOf(part['type']).slice(0, 60)}\``, target, advice);
    }
  }
}

/** Files of the same provider keep their ids. */
function filePart(file: JsonObject): JsonObject {
  const data = findText(file['file_data']);
  const filename = findText(file['filename']);
  const isMedia = ['audio/', 'video/'].some((type) => data?.startsWith(`data:${type}`)) || isMediaName(filename ?? data ?? '');
  if (isMedia) throw new NotTranslatable('A sound or film as a file', target, 'Send pictures, PDF documents or text.');
  const isAddress = data !== undefined && (data.startsWith('https:') || data.startsWith('http:'));
  if (isAddress) return { type: 'input_file', file_url: data };
  return present({ type: 'input_file', filename, file_data: data, file_id: findText(file['file_id']) });
}

function isMediaName(name: string): boolean {
  return !name.startsWith('data:') && /\.(mp3|wav|ogg|flac|m4a|mp4|mov|avi|webm|mkv)$/i.test(name.split(/[?#]/, 1)[0] ?? '');
}

/** The API takes no smaller limit. */
const MIN_OUTPUT_TOKENS = 16;

export function maxOutputTokens(request: JsonObject): number | undefined {
  const asked = findNumber(request['max_completion_tokens']) ?? findNumber(request['max_tokens']);
  return asked === undefined ? undefined : Math.max(MIN_OUTPUT_TOKENS, asked);
}
