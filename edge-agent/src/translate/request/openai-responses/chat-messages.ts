import type { Dialect } from '@aicarpool/shared-protocol';
import { chatContent } from '../../ask/chat-content.ts';
import { findJson, findText, objectsOf, textOf } from '../../parts/json.ts';
import { findRedacted, unwrapProof } from '../../parts/thinking-proof.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { formatNames } from '../targets.ts';
import { type Media, NotTranslatable, type Text } from '../turns.ts';
import { type CallerTools, freeformArguments } from './caller-tools.ts';
import { readContent } from './content.ts';

const target: Dialect = 'openai-chat';

/** Told elsewhere (tools), or a trace of what OpenAI ran itself: the text behind it says what came of it. */
const silent = new Set(['additional_tools', 'web_search_call', 'tool_search_call', 'tool_search_output']);

/** `takesFreeform`: the upstream knows custom tools; else their input goes inside JSON. */
export function chatMessages(request: JsonObject, tools: CallerTools, takesFreeform: boolean): readonly JsonObject[] {
  const { input } = request;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : objectsOf(input);
  const writer = new MessageWriter(tools, takesFreeform);
  const instructions = findText(request['instructions']);
  if (instructions !== undefined) writer.say('system', [{ kind: 'text', text: instructions }]);
  for (const item of items) writer.read(item);
  return placeResults(writer.end());
}

function isOutput(item: JsonObject): boolean {
  return item['type'] === 'function_call_output' || item['type'] === 'custom_tool_call_output';
}

/** Says of a message with files which result they are of; it never leaves. */
const OF_RESULT = '#of_result';

interface Assistant {
  readonly texts: string[];
  readonly thoughts: string[];
  readonly details: JsonValue[];
  readonly calls: JsonObject[];
}

/** Items as messages: what the model says until somebody else speaks, its calls too, is one message. */
class MessageWriter {
  readonly #messages: JsonObject[] = [];
  readonly #tools: CallerTools;
  readonly #takesFreeform: boolean;
  #assistant: Assistant | undefined;

  constructor(tools: CallerTools, takesFreeform: boolean) {
    this.#tools = tools;
    this.#takesFreeform = takesFreeform;
  }

  read(item: JsonObject): void {
    const type = findText(item['type']) ?? 'message';
    if (type === 'message') this.#readMessage(item);
    else if (type === 'function_call' || type === 'custom_tool_call') this.#readCall(item, type);
    else if (isOutput(item)) this.#readOutput(item);
    else if (type === 'reasoning') this.#readReasoning(item);
    else if (!silent.has(type)) {
      const advice = 'Start the conversation anew without it, or use a service that speaks OpenAI Responses.';
      throw new NotTranslatable(`An input item of type \`${type.slice(0, 60)}\``, formatNames[target], advice);
    }
  }

  say(role: 'system' | 'user', content: readonly (Text | Media)[]): void {
    this.#closeAssistant();
    if (content.length > 0) this.#messages.push({ role, content: chatContent(content) });
  }

  end(): readonly JsonObject[] {
    this.#closeAssistant();
    return this.#messages;
  }

  #readMessage(item: JsonObject): void {
    const content = readContent(item['content'], target);
    if (item['role'] !== 'assistant') {
      const isInstruction = item['role'] === 'system' || item['role'] === 'developer';
      this.say(isInstruction ? 'system' : 'user', content);
      return;
    }
    if (content.length === 0) return;
    const assistant = this.#open();
    for (const part of content) {
      if (part.kind === 'text') assistant.texts.push(part.text);
      else
        throw new NotTranslatable('A picture or file that the model made', formatNames[target], 'Send it in a turn of the user.');
    }
  }

  #open(): Assistant {
    this.#assistant ??= { texts: [], thoughts: [], details: [], calls: [] };
    return this.#assistant;
  }

  #closeAssistant(): void {
    const said = this.#assistant;
    this.#assistant = undefined;
    if (!said) return;
    const { texts, thoughts, details, calls } = said;
    const text = texts.join('');
    const isSilent = text === '' && calls.length === 0;
    this.#messages.push({
      role: 'assistant',
      // A turn that broke off while thinking; vendors refuse messages without a word.
      content: isSilent ? '…' : text === '' ? null : text,
      ...(thoughts.length > 0 ? { reasoning_content: thoughts.join('\n\n') } : {}),
      ...(details.length > 0 ? { reasoning_details: details } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    });
  }

  #readCall(item: JsonObject, type: string): void {
    const { calls } = this.#open();
    const id = textOf(item['call_id']);
    const name = this.#tools.flatName(findText(item['namespace']), textOf(item['name']));
    const isFreeform = type === 'custom_tool_call';
    const input = textOf(item['input']);
    const args = isFreeform ? JSON.stringify(freeformArguments(input)) : textOf(item['arguments']);
    const plain = { id, type: 'function', function: { name, arguments: args === '' ? '{}' : args } };
    calls.push(isFreeform && this.#takesFreeform ? { id, type: 'custom', custom: { name, input } } : plain);
  }

  #readOutput(item: JsonObject): void {
    this.#closeAssistant();
    const id = textOf(item['call_id']);
    const content = readContent(item['output'], target);
    const texts = content.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    const media = content.filter((part) => part.kind === 'media');
    const seeBelow = media.length > 0 && texts.length === 0 ? 'The tool answered with the files in the next message.' : '';
    this.#messages.push({ role: 'tool', tool_call_id: id, content: texts.join('\n') || seeBelow });
    if (media.length > 0) this.#messages.push({ role: 'user', content: chatContent(media), [OF_RESULT]: id });
  }

  /** Vendors that think aloud want their words back; a proof goes to the one who gave it. */
  #readReasoning(item: JsonObject): void {
    const said = [...objectsOf(item['summary']), ...objectsOf(item['content'])].flatMap(({ text }) => findText(text) ?? []);
    const unwrapped = unwrapProof(textOf(item['encrypted_content']));
    const details = unwrapped?.dialect === target ? findJson(findRedacted(unwrapped.proof) ?? unwrapped.proof) : undefined;
    const assistant = this.#open();
    assistant.thoughts.push(...said);
    if (Array.isArray(details)) assistant.details.push(...details);
  }
}

/**
 * Chat wants the results of calls right behind them: they are put there, what stood between comes behind, and first of
 * it the files that a message of a tool cannot hold.
 */
function placeResults(messages: readonly JsonObject[]): readonly JsonObject[] {
  const resultsById = new Map<string, JsonObject[]>(messages.flatMap(callIds).map((id) => [id, []]));
  const rest = messages.filter((message) => {
    const results = resultsById.get(textOf(message['tool_call_id'] ?? message[OF_RESULT]));
    results?.push(message);
    return results === undefined;
  });
  return rest.flatMap((message) => {
    const own = callIds(message).flatMap((id) => resultsById.get(id)?.splice(0) ?? []);
    return [message, ...own.filter(({ role }) => role === 'tool'), ...own.filter(({ role }) => role !== 'tool')].map(unmarked);
  });
}

function callIds(message: JsonObject): readonly string[] {
  return objectsOf(message['tool_calls']).map(({ id }) => textOf(id));
}

function unmarked({ [OF_RESULT]: _id, ...message }: JsonObject): JsonObject {
  return message;
}
