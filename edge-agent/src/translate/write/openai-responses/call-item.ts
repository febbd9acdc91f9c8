import type { AnswerStep } from '../../answer-step.ts';
import { present } from '../../parts/json.ts';
import type { CallerTools } from '../../request/openai-responses/caller-tools.ts';
import type { JsonObject } from '../../translation.ts';
import { FreeformInput } from './freeform-input.ts';
import type { ItemPlace, OpenItem } from './output-items.ts';

type ToolBegin = Extract<AnswerStep, { kind: 'tool_begin' }>;

/** A call of a function or of a freeform tool, by the name and in the namespace that the caller gave it. */
export class CallItem implements OpenItem {
  readonly #place: ItemPlace;
  readonly #id: string;
  readonly #callId: string;
  readonly #name: string;
  readonly #namespace: string | undefined;
  readonly #isFreeform: boolean;
  /** Present where the upstream could only say the freeform input inside JSON. */
  readonly #packed: FreeformInput | null;
  #said = '';

  constructor(place: ItemPlace, begin: ToolBegin, tools: CallerTools, otherCallId: string) {
    const tool = tools.findByFlatName(begin.name);
    this.#place = place;
    this.#isFreeform = tool?.freeform ?? begin.freeform;
    this.#packed = this.#isFreeform && !begin.freeform ? new FreeformInput() : null;
    this.#id = place.id(this.#isFreeform ? 'ctc' : 'fc');
    this.#callId = begin.id ?? otherCallId;
    this.#name = tool?.name ?? begin.name;
    this.#namespace = tool?.namespace ?? undefined;
    place.emit('response.output_item.added', { item: this.#item('in_progress') });
  }

  feed(text: string): void {
    this.#say(this.#packed ? this.#packed.push(text) : text);
  }

  close(): JsonObject {
    this.#say(this.#packed?.end() ?? '');
    if (!this.#isFreeform && this.#said === '') this.#say('{}');
    const done = this.#isFreeform ? { input: this.#said } : { arguments: this.#said, name: this.#name };
    this.#emit('done', done);
    return this.#item('completed');
  }

  #say(delta: string): void {
    if (delta === '') return;
    this.#said += delta;
    this.#emit('delta', { delta });
  }

  #emit(what: 'delta' | 'done', payload: JsonObject): void {
    const about = this.#isFreeform ? 'custom_tool_call_input' : 'function_call_arguments';
    this.#place.emit(`response.${about}.${what}`, { item_id: this.#id, ...payload });
  }

  #item(status: string): JsonObject {
    const same = { id: this.#id, status, call_id: this.#callId, name: this.#name, namespace: this.#namespace };
    if (this.#isFreeform) return present({ ...same, type: 'custom_tool_call', input: this.#said });
    return present({ ...same, type: 'function_call', arguments: this.#said });
  }
}
