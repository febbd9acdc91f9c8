import type { Citation } from '../../answer-step.ts';
import type { JsonObject } from '../../translation.ts';
import type { ItemPlace, OpenItem } from './output-items.ts';

interface Part {
  readonly kind: 'text' | 'refusal';
  text: string;
  /** How much text the answer had said before it. */
  readonly from: number;
  readonly annotations: JsonObject[];
}

/** A message of the assistant: runs of text and refusals, each a content part of its own. */
export class MessageItem implements OpenItem {
  readonly #place: ItemPlace;
  readonly #id: string;
  readonly #done: JsonObject[] = [];
  #part: Part | null = null;

  constructor(place: ItemPlace) {
    this.#place = place;
    this.#id = place.id('msg');
    place.emit('response.output_item.added', { item: this.#item('in_progress') });
  }

  /** `from`: how much text the answer had said before. */
  say(kind: 'text' | 'refusal', text: string, from: number): void {
    if (this.#part?.kind !== kind) this.#openPart(kind, from);
    if (this.#part) this.#part.text += text;
    const logprobs = kind === 'text' ? { logprobs: [] } : {};
    this.#emit(kind === 'text' ? 'response.output_text.delta' : 'response.refusal.delta', { delta: text, ...logprobs });
  }

  cite({ url, title, from, to }: Citation): void {
    const part = this.#part;
    if (part?.kind !== 'text') return;
    const place = (at: number): number => Math.min(Math.max(0, at - part.from), part.text.length);
    const annotation = { type: 'url_citation', url, title: title ?? url, start_index: place(from), end_index: place(to) };
    this.#emit('response.output_text.annotation.added', { annotation_index: part.annotations.length, annotation });
    part.annotations.push(annotation);
  }

  close(): JsonObject {
    this.#closePart();
    return this.#item('completed');
  }

  #openPart(kind: 'text' | 'refusal', from: number): void {
    this.#closePart();
    this.#part = { kind, text: '', from, annotations: [] };
    this.#emit('response.content_part.added', { part: contentOf(this.#part) });
  }

  #closePart(): void {
    if (!this.#part) return;
    const { kind, text } = this.#part;
    const content = contentOf(this.#part);
    if (kind === 'text') this.#emit('response.output_text.done', { text, logprobs: [] });
    else this.#emit('response.refusal.done', { refusal: text });
    this.#emit('response.content_part.done', { part: content });
    this.#done.push(content);
    this.#part = null;
  }

  #emit(type: string, payload: JsonObject): void {
    this.#place.emit(type, { item_id: this.#id, content_index: this.#done.length, ...payload });
  }

  #item(status: string): JsonObject {
    return { id: this.#id, type: 'message', status, role: 'assistant', content: [...this.#done] };
  }
}

function contentOf({ kind, text, annotations }: Part): JsonObject {
  return kind === 'text'
    ? { type: 'output_text', text, annotations: [...annotations], logprobs: [] }
    : { type: 'refusal', refusal: text };
}
