import type { Dialect } from '@aicarpool/shared-protocol';
import type { AnswerStep } from '../../answer-step.ts';
import { markRedacted, wrapCallProof, wrapProof } from '../../parts/thinking-proof.ts';
import type { CallerTools } from '../../request/openai-responses/caller-tools.ts';
import type { AnswerToTranslate, JsonObject } from '../../translation.ts';
import { CallItem } from './call-item.ts';
import { MessageItem } from './message-item.ts';
import { ReasoningItem } from './reasoning-item.ts';

export type Emit = (type: string, payload: JsonObject) => void;

/** One item of `output` while it grows. */
export interface OpenItem {
  close(): JsonObject;
}

/** Where an item stands, and how its events get out. */
export interface ItemPlace {
  readonly index: number;
  id(prefix: string): string;
  emit(type: string, payload: JsonObject): void;
}

/** Turns the steps of an answer into items of `output`, each told by its events from `added` to `done`. */
export class OutputItems {
  readonly output: JsonObject[] = [];
  readonly #input: AnswerToTranslate;
  readonly #upstream: Dialect;
  readonly #tools: CallerTools;
  readonly #emit: Emit;
  #open: OpenItem | null = null;
  #textChars = 0;

  constructor(input: AnswerToTranslate, upstream: Dialect, tools: CallerTools, emit: Emit) {
    this.#input = input;
    this.#upstream = upstream;
    this.#tools = tools;
    this.#emit = emit;
  }

  write(step: AnswerStep): void {
    switch (step.kind) {
      case 'text':
      case 'refusal':
        this.#message().say(step.kind, step.text, this.#textChars);
        if (step.kind === 'text') this.#textChars += step.text.length;
        break;
      case 'citation':
        if (this.#open instanceof MessageItem) this.#open.cite(step);
        break;
      case 'thinking':
        this.#reasoning().say(step.text);
        break;
      case 'thinking_proof':
        this.#proveThinking(step.proof, step.redacted);
        break;
      case 'tool_begin':
        if (step.proof !== null) this.#prove(wrapCallProof(this.#upstream, step.proof));
        this.#begin((place) => new CallItem(place, step, this.#tools, `call_${this.#input.requestId}_${place.index}`));
        break;
      case 'tool_input':
        if (this.#open instanceof CallItem) this.#open.feed(step.text);
        break;
      case 'tool_end':
        this.closeOpen();
        break;
      case 'image':
        this.#image(step.base64, step.mimeType);
        break;
      default:
        break;
    }
  }

  closeOpen(): void {
    if (!this.#open) return;
    const item = this.#open.close();
    this.#open = null;
    this.#emit('response.output_item.done', { output_index: this.output.length, item });
    this.output.push(item);
  }

  #proveThinking(proof: string, redacted: boolean): void {
    if (redacted) this.closeOpen();
    this.#prove(wrapProof(this.#upstream, redacted ? markRedacted(proof) : proof));
  }

  #prove(wrapped: string): void {
    this.#reasoning().prove(wrapped);
    this.closeOpen();
  }

  #message(): MessageItem {
    if (this.#open instanceof MessageItem) return this.#open;
    return this.#begin((place) => new MessageItem(place));
  }

  #reasoning(): ReasoningItem {
    if (this.#open instanceof ReasoningItem) return this.#open;
    return this.#begin((place) => new ReasoningItem(place));
  }

  #image(base64: string, mimeType: string): void {
    this.#begin((place) => {
      const id = place.id('ig');
      const type = 'image_generation_call';
      place.emit('response.output_item.added', { item: { id, type, status: 'in_progress', result: null } });
      const output_format = mimeType.replace('image/', '');
      return { close: () => ({ id, type, status: 'completed', result: base64, output_format }) };
    });
    this.closeOpen();
  }

  #begin<T extends OpenItem>(open: (place: ItemPlace) => T): T {
    this.closeOpen();
    const index = this.output.length;
    const item = open({
      index,
      id: (prefix) => `${prefix}_${this.#input.requestId}_${index}`,
      emit: (type, payload) => this.#emit(type, { output_index: index, ...payload }),
    });
    this.#open = item;
    return item;
  }
}
