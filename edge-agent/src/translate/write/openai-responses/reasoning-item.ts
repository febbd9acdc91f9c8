import type { JsonObject } from '../../translation.ts';
import type { ItemPlace, OpenItem } from './output-items.ts';

/** Thinking: what was said of it is the summary, what proves it comes back as `encrypted_content`. */
export class ReasoningItem implements OpenItem {
  readonly #place: ItemPlace;
  readonly #id: string;
  #text: string | null = null;
  #proof: string | null = null;

  constructor(place: ItemPlace) {
    this.#place = place;
    this.#id = place.id('rs');
    place.emit('response.output_item.added', { item: this.#item('in_progress') });
  }

  say(text: string): void {
    if (this.#text === null) this.#emit('response.reasoning_summary_part.added', { part: { type: 'summary_text', text: '' } });
    this.#text = (this.#text ?? '') + text;
    this.#emit('response.reasoning_summary_text.delta', { delta: text });
  }

  prove(proof: string): void {
    this.#proof = proof;
  }

  close(): JsonObject {
    const text = this.#text;
    if (text !== null) {
      this.#emit('response.reasoning_summary_text.done', { text });
      this.#emit('response.reasoning_summary_part.done', { part: { type: 'summary_text', text } });
    }
    return this.#item('completed');
  }

  #emit(type: string, payload: JsonObject): void {
    this.#place.emit(type, { item_id: this.#id, summary_index: 0, ...payload });
  }

  #item(status: string): JsonObject {
    const summary = this.#text === null || status === 'in_progress' ? [] : [{ type: 'summary_text', text: this.#text }];
    return { id: this.#id, type: 'reasoning', status, summary, encrypted_content: this.#proof };
  }
}
