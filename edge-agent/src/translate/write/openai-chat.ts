import type { Dialect, TokenUsage } from '@aicarpool/shared-protocol';
import { writeEvent } from '../../dialects/sse/write-event.ts';
import type { AnswerStep, AnswerWriter, Citation, StopMeaning } from '../answer-step.ts';
import { wrapProof } from '../parts/thinking-proof.ts';
import type { AnswerToTranslate, JsonObject } from '../translation.ts';
import { type ChatAnswer, ChatChunks, ChatMessage } from './openai-chat/chat-answer.ts';
import { ChatCalls } from './openai-chat/chat-calls.ts';
import { chatError } from './openai-chat/chat-error.ts';
import { writeChatUsage } from './openai-chat/chat-usage.ts';

const finishReasons: Record<StopMeaning, string> = {
  stop: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  pause: 'stop',
  other: 'stop',
};

const brokeOff = 'The upstream broke off before its answer was complete. Ask again.';

/** Says an answer as Chat Completions does. `upstream`: whose proofs of thinking the steps carry. */
export function writeOpenaiChat(input: AnswerToTranslate, upstream: Dialect): AnswerWriter {
  return new ChatWriter(input, upstream);
}

function urlCitation({ url, title, from, to }: Citation): JsonObject {
  return { url, title: title ?? url, start_index: from, end_index: to };
}

class ChatWriter implements AnswerWriter {
  readonly #isStream: boolean;
  readonly #upstream: Dialect;
  readonly #answer: ChatAnswer;
  readonly #calls: ChatCalls;
  #thought: string[] = [];
  #proofs = 0;
  #usage: TokenUsage | null = null;
  #stop: StopMeaning | null = null;
  #error: JsonObject | null = null;
  #isErrorSaid = false;

  constructor(input: AnswerToTranslate, upstream: Dialect) {
    this.#isStream = input.stream;
    this.#upstream = upstream;
    this.#answer = input.stream ? new ChatChunks(input) : new ChatMessage(input);
    this.#calls = new ChatCalls(input);
  }

  write(step: AnswerStep): string {
    if (this.#error) return '';
    if (step.kind === 'usage') this.#usage = step.usage;
    else if (step.kind === 'stop') this.#stop = step.meaning;
    else if (step.kind === 'error') {
      this.#error = chatError(step.type, step.message);
      return this.#isStream ? this.#sayError(this.#error) : '';
    }
    if (step.kind === 'text' || step.kind === 'tool_begin') this.#thought = [];
    const delta = this.#delta(step);
    return delta ? this.#answer.say(delta) : '';
  }

  end(how: 'end' | 'cut'): string {
    if (how === 'cut' && this.#stop === null) this.#error ??= chatError('server_error', brokeOff);
    if (this.#error) return this.#isErrorSaid ? '' : this.#sayError(this.#error);
    const meaning = this.#stop ?? 'other';
    // `stop` with calls: the provider's own code called them, and the answer goes on without the caller.
    const isWaiting = this.#calls.count > 0 && meaning !== 'stop' && finishReasons[meaning] === 'stop';
    const reason = isWaiting ? 'tool_calls' : finishReasons[meaning];
    const usage = this.#usage && writeChatUsage(this.#usage);
    return this.#answer.finish(reason === 'tool_calls' ? this.#calls.finishReason : reason, usage);
  }

  #delta(step: AnswerStep): JsonObject | null {
    switch (step.kind) {
      case 'text':
        return step.text === '' ? null : { content: step.text };
      case 'refusal':
        return step.text === '' ? null : { refusal: step.text };
      case 'thinking':
        this.#thought.push(step.text);
        return step.text === '' ? null : { reasoning_content: step.text };
      case 'thinking_proof':
        return this.#proof(wrapProof(this.#upstream, step.proof), step.redacted);
      case 'tool_begin':
        return this.#calls.begin(step);
      case 'tool_input':
        return this.#calls.input(step.text);
      case 'tool_end':
        return this.#calls.end();
      case 'citation':
        return { annotations: [{ type: 'url_citation', url_citation: urlCitation(step) }] };
      case 'image':
        return { images: [{ type: 'image_url', image_url: { url: `data:${step.mimeType};base64,${step.base64}` } }] };
      default:
        return null;
    }
  }

  /** `reasoning_details` is what clients that know it give back untouched: the text it proves stands in it, too. */
  #proof(proof: string, redacted: boolean): JsonObject {
    const text = this.#thought.join('');
    this.#thought = [];
    const place = { format: 'unknown', index: this.#proofs++ };
    if (redacted) return { reasoning_details: [{ type: 'reasoning.encrypted', data: proof, ...place }] };
    return { reasoning_details: [{ type: 'reasoning.text', text, signature: proof, ...place }] };
  }

  #sayError(error: JsonObject): string {
    this.#isErrorSaid = true;
    const said = JSON.stringify({ error });
    return this.#isStream ? writeEvent(said) : said;
  }
}
