import { type Dialect, noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import type { AnswerStep, AnswerWriter, StopMeaning } from '../answer-step.ts';
import { anthropicErrorType } from '../parts/error-kind.ts';
import { wrapCallProof, wrapProof } from '../parts/thinking-proof.ts';
import { madeToolId } from '../parts/tool-id.ts';
import type { AnswerToTranslate, JsonObject } from '../translation.ts';
import { type BlockSink, CollectedBlocks, EventBlocks, writeNamed } from './anthropic-messages-blocks.ts';
import { writeAnthropicUsage } from './anthropic-messages-usage.ts';

const stopReasons: Record<StopMeaning, string> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
};

const brokeOff = 'The upstream broke off before its answer was complete. Ask again.';

type Step<Kind extends AnswerStep['kind']> = Extract<AnswerStep, { kind: Kind }>;

/** Says an answer as the Messages API does. `upstream`: whose proofs of thinking the steps carry. */
export function writeAnthropicMessages(input: AnswerToTranslate, upstream: Dialect): AnswerWriter {
  return new MessagesWriter(input, upstream);
}

class MessagesWriter implements AnswerWriter {
  readonly #input: AnswerToTranslate;
  readonly #upstream: Dialect;
  readonly #collected = new CollectedBlocks();
  readonly #blocks: BlockSink;
  #id: string;
  #usage: TokenUsage = noTokens;
  #isStarted = false;
  #open: 'none' | 'text' | 'thinking' | 'tool' = 'none';
  /** The open text has its sources: what comes behind is said in a block of its own. */
  #isCited = false;
  #freeform: string[] | undefined;
  #toolCount = 0;
  #refusal: string | undefined;
  #stop: Step<'stop'> | undefined;
  #error: { readonly type: string; readonly message: string } | undefined;
  #isErrorSaid = false;

  constructor(input: AnswerToTranslate, upstream: Dialect) {
    this.#input = input;
    this.#upstream = upstream;
    this.#blocks = input.stream ? new EventBlocks() : this.#collected;
    this.#id = `msg_${input.requestId}`;
  }

  write(step: AnswerStep): string {
    if (this.#error) return '';
    switch (step.kind) {
      case 'begin':
        if (step.id?.startsWith('msg_') && !this.#isStarted) this.#id = step.id;
        return '';
      case 'usage':
        this.#usage = step.usage;
        return '';
      case 'stop':
        this.#stop = step;
        return '';
      case 'error':
        this.#error = { type: anthropicErrorType(step.type), message: step.message };
        return this.#input.stream ? this.#sayError() : '';
      default:
        return this.#start() + this.#content(step);
    }
  }

  end(how: 'end' | 'cut'): string {
    if (how === 'cut' && !this.#stop) this.#error ??= { type: 'api_error', message: brokeOff };
    if (this.#error) return this.#isErrorSaid ? '' : this.#sayError();
    const last = this.#start() + this.#close();
    const usage = writeAnthropicUsage(this.#usage);
    if (!this.#input.stream) {
      return JSON.stringify({ ...this.#message(this.#collected.content), ...this.#ending(), usage });
    }
    const delta = { ...this.#ending(), container: null };
    return last + writeNamed({ type: 'message_delta', delta, usage }) + writeNamed({ type: 'message_stop' });
  }

  /** Held back until there is content, so that usage which the upstream states first is in it. */
  #start(): string {
    if (this.#isStarted) return '';
    this.#isStarted = true;
    if (!this.#input.stream) return '';
    const opening = { stop_reason: null, stop_sequence: null, usage: writeAnthropicUsage(this.#usage) };
    return writeNamed({ type: 'message_start', message: { ...this.#message([]), ...opening } });
  }

  #message(content: readonly JsonObject[]): JsonObject {
    return { id: this.#id, type: 'message', role: 'assistant', model: this.#input.model, content };
  }

  #content(step: AnswerStep): string {
    switch (step.kind) {
      case 'text':
        return this.#text(step.text);
      case 'refusal':
        this.#refusal = (this.#refusal ?? '') + step.text;
        return this.#text(step.text);
      case 'citation':
        return this.#cite(step);
      case 'thinking':
        if (step.text === '') return '';
        return this.#begin('thinking') + this.#blocks.delta({ type: 'thinking_delta', thinking: step.text });
      case 'thinking_proof':
        return this.#proof(wrapProof(this.#upstream, step.proof), step.redacted);
      case 'tool_begin':
        return this.#beginTool(step);
      case 'tool_input':
        return this.#toolInput(step.text);
      case 'tool_end':
        return this.#open === 'tool' ? this.#close() : '';
      case 'image':
        return this.#image(step);
      default:
        return '';
    }
  }

  #text(text: string): string {
    if (text === '') return '';
    const before = this.#isCited ? this.#close() : '';
    return before + this.#begin('text') + this.#blocks.delta({ type: 'text_delta', text });
  }

  /** Sources belong to whole blocks. Their proof is marked as ours, so that it never goes to Anthropic itself. */
  #cite({ url, title, quote }: Step<'citation'>): string {
    if (this.#open !== 'text') return '';
    this.#isCited = true;
    const encrypted_index = wrapProof(this.#upstream, 'citation');
    const citation = { type: 'web_search_result_location', url, title, cited_text: quote ?? '', encrypted_index };
    return this.#blocks.delta({ type: 'citations_delta', citation });
  }

  #proof(proof: string, redacted: boolean): string {
    if (redacted) return this.#close() + this.#blocks.open({ type: 'redacted_thinking', data: proof }) + this.#blocks.close();
    return this.#begin('thinking') + this.#blocks.delta({ type: 'signature_delta', signature: proof }) + this.#close();
  }

  #beginTool({ id, name, proof, freeform }: Step<'tool_begin'>): string {
    const before = proof === null ? this.#close() : this.#proof(wrapCallProof(this.#upstream, proof), false);
    this.#open = 'tool';
    this.#freeform = freeform ? [] : undefined;
    const made = madeToolId('toolu', id, this.#input.requestId, this.#toolCount++);
    return before + this.#blocks.open({ type: 'tool_use', id: made, name, input: {} });
  }

  #toolInput(text: string): string {
    if (this.#open !== 'tool' || text === '') return '';
    if (!this.#freeform) return this.#blocks.delta({ type: 'input_json_delta', partial_json: text });
    this.#freeform.push(text);
    return '';
  }

  /** The API has no block for pictures that a model makes; this is the shape it knows them by in requests. */
  #image({ mimeType, base64 }: Step<'image'>): string {
    const type = mimeType.startsWith('image/') ? 'image' : 'document';
    const block = { type, source: { type: 'base64', media_type: mimeType, data: base64 } };
    return this.#close() + this.#blocks.open(block) + this.#blocks.close();
  }

  #begin(kind: 'text' | 'thinking'): string {
    if (this.#open === kind) return '';
    const before = this.#close();
    this.#open = kind;
    const block: JsonObject = kind === 'text' ? { type: kind, text: '' } : { type: kind, thinking: '', signature: '' };
    return before + this.#blocks.open(block);
  }

  #close(): string {
    if (this.#open === 'none') return '';
    const freeform = this.#open === 'tool' ? this.#freeform : undefined;
    this.#open = 'none';
    this.#isCited = false;
    const input = freeform && JSON.stringify({ input: freeform.join('') });
    const delta = input === undefined ? '' : this.#blocks.delta({ type: 'input_json_delta', partial_json: input });
    return delta + this.#blocks.close();
  }

  #ending(): JsonObject {
    const meaning = this.#stop?.meaning ?? 'other';
    const hasCalls = this.#toolCount > 0 && (meaning === 'stop' || meaning === 'other');
    const isRefused = this.#refusal !== undefined && (meaning === 'stop' || meaning === 'content_filter');
    const reason = isRefused ? 'refusal' : hasCalls ? 'tool_use' : stopReasons[meaning];
    const details = { type: 'refusal', category: null, explanation: this.#refusal ?? null };
    return {
      stop_reason: reason,
      stop_sequence: this.#stop?.sequence ?? null,
      stop_details: reason === 'refusal' ? details : null,
    };
  }

  #sayError(): string {
    this.#isErrorSaid = true;
    const error = this.#error ?? { type: 'api_error', message: brokeOff };
    const said = { type: 'error', error, request_id: this.#input.requestId };
    return this.#input.stream ? writeNamed(said) : JSON.stringify(said);
  }
}
