import { asList, asObject, asText, type Document } from '../../../dialects/answer/read-value.ts';
import type { AnswerStep } from '../../answer-step.ts';
import { urlCitation } from '../citation.ts';
import type { Lane, StepLanes } from '../step-lanes.ts';

const MAX_PARTS = 65_536;

export type ItemKind = 'message' | 'reasoning' | 'call' | 'freeform_call' | 'image' | 'other';

const kinds: Readonly<Record<string, ItemKind>> = {
  message: 'message',
  reasoning: 'reasoning',
  function_call: 'call',
  custom_tool_call: 'freeform_call',
  image_generation_call: 'image',
};

export function itemKind(item: Document): ItemKind {
  const type = asText(item['type']) ?? '';
  return Object.hasOwn(kinds, type) ? (kinds[type] ?? 'other') : 'other';
}

/**
 * One output item: what its deltas said, and from the finished item whatever they left out. Some servers send no
 * deltas at all, or only some of them.
 */
export class Item {
  readonly kind: ItemKind;
  readonly #lanes: StepLanes;
  readonly #lane: Lane;
  #isBegun = false;
  #inputChars = 0;
  /** Parts of which a delta came, by kind and index; `''` in place of an index that is not told. */
  readonly #heard = new Set<string>();
  #thoughtPart: string | null = null;
  /** Text of the whole answer so far; shared by its items. */
  readonly #text: { chars: number };
  /** Where the text of a part began. */
  readonly #partFrom = new Map<string, number>();
  readonly #annotated = new Set<string>();

  constructor(lanes: StepLanes, key: string, kind: ItemKind, text: { chars: number }) {
    this.#text = text;
    this.kind = kind;
    this.#lanes = lanes;
    this.#lane = lanes.open(key);
  }

  get isDone(): boolean {
    return this.#lane.isDone;
  }

  begin(item: Document): void {
    if (this.#isBegun || (this.kind !== 'call' && this.kind !== 'freeform_call')) return;
    this.#isBegun = true;
    const id = asText(item['call_id']) ?? asText(item['id']);
    const name = asText(item['name']) ?? '';
    this.#say({ kind: 'tool_begin', id, name, proof: null, freeform: this.kind === 'freeform_call' });
  }

  say(kind: 'text' | 'refusal' | 'thinking', part: string, value: unknown): void {
    const text = asText(value);
    if (text === null || this.isDone) return;
    if (this.#heard.size < MAX_PARTS) this.#heard.add(`${kind} ${part}`);
    if (kind === 'thinking') this.#separateThoughts(part);
    if (kind === 'text') this.#count(part, text);
    this.#say({ kind, text });
  }

  /** Sources come with their own event, and once more with the finished part. */
  cite(part: string, annotation: Document): void {
    const key = `${part} ${JSON.stringify(annotation)}`;
    const citation = urlCitation(annotation, this.#partFrom.get(part) ?? this.#text.chars);
    if (!citation || this.isDone || this.#annotated.has(key) || this.#annotated.size >= MAX_PARTS) return;
    this.#annotated.add(key);
    this.#say(citation);
  }

  /** Before its beginning there is no name: then the finished item has it all. */
  input(value: unknown): void {
    const text = asText(value);
    if (text === null || this.isDone || !this.#isBegun) return;
    this.#inputChars += text.length;
    this.#say({ kind: 'tool_input', text });
  }

  /** The whole of a part, as its `done` event or the finished item has it. */
  complete(kind: 'text' | 'refusal' | 'thinking', part: string, value: unknown): void {
    if (!this.#heard.has(`${kind} ${part}`)) this.say(kind, part, value);
  }

  completeInput(value: unknown): void {
    const text = asText(value);
    if (text !== null && text.length > this.#inputChars) this.input(text.slice(this.#inputChars));
  }

  finish(item: Document): void {
    if (this.isDone) return;
    this.begin(item);
    if (this.kind === 'message') this.#finishMessage(item);
    else if (this.kind === 'reasoning') this.#finishReasoning(item);
    else if (this.kind === 'image') this.#finishImage(item);
    else if (this.#isBegun) {
      this.completeInput(this.kind === 'call' ? item['arguments'] : item['input']);
      this.#say({ kind: 'tool_end' });
    }
    this.#lanes.close(this.#lane);
  }

  #say(step: AnswerStep): void {
    this.#lanes.say(this.#lane, step);
  }

  #count(part: string, text: string): void {
    if (!this.#partFrom.has(part)) this.#partFrom.set(part, this.#text.chars);
    this.#text.chars += text.length;
  }

  /** A summary comes in parts that are paragraphs of their own. */
  #separateThoughts(part: string): void {
    if (this.#thoughtPart !== null && this.#thoughtPart !== part) this.#say({ kind: 'thinking', text: '\n\n' });
    this.#thoughtPart = part;
  }

  #finishMessage(item: Document): void {
    for (const [at, part] of asList(item['content']).map(asObject).entries()) {
      if (part['type'] === 'refusal') this.complete('refusal', String(at), part['refusal']);
      else this.complete('text', String(at), part['text']);
      for (const annotation of asList(part['annotations'])) this.cite(String(at), asObject(annotation));
    }
  }

  #finishReasoning(item: Document): void {
    for (const [at, part] of asList(item['summary']).map(asObject).entries()) {
      this.complete('thinking', `summary ${at}`, part['text']);
    }
    for (const [at, part] of asList(item['content']).map(asObject).entries()) {
      this.complete('thinking', `text ${at}`, part['text']);
    }
    const proof = asText(item['encrypted_content']);
    if (proof !== null) this.#say({ kind: 'thinking_proof', proof, redacted: this.#thoughtPart === null });
  }

  #finishImage(item: Document): void {
    const base64 = asText(item['result']);
    if (base64 !== null) this.#say({ kind: 'image', mimeType: `image/${asText(item['output_format']) ?? 'png'}`, base64 });
  }
}
