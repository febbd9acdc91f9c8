import { asList, asObject, asText, type Document, isObject } from '../../../dialects/answer/read-value.ts';
import { readOpenAiUsage } from '../../../dialects/openai/read-openai-usage.ts';
import type { AnswerStep, StopMeaning } from '../../answer-step.ts';
import { type OpenaiFailure, readOpenaiFailure } from '../openai-failure.ts';
import { StepLanes } from '../step-lanes.ts';
import { Item, itemKind } from './item.ts';

const MAX_ITEMS = 4096;

const endings = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled', 'response.done']);

/** What the events of one Responses answer mean; a body is read as the event that ends an answer. */
export class ResponseSteps {
  readonly #lanes = new StepLanes();
  readonly #text = { chars: 0 };
  readonly #items = new Map<string, Item>();
  #isBegun = false;
  #isOver = false;
  #last: Item | undefined;

  read(event: Document, name: string): void {
    if (this.#isOver) return;
    const type = asText(event['type']) ?? name;
    if (endings.has(type)) this.#finish(asObject(event['response']), type.slice('response.'.length));
    else if (type === 'error') this.#fail(readOpenaiFailure(event['error']) ?? readOpenaiFailure({ ...event, type: 'error' }));
    else if (isObject(event['response'])) this.#begin(event['response']);
    else if (type.startsWith('response.')) this.#readPart(event, type.slice('response.'.length));
    else if (isObject(event['error'])) this.#fail(readOpenaiFailure(event['error']));
    else if (Array.isArray(event['output'])) this.#finish(event, asText(event['status']) ?? 'completed');
    if (this.#lanes.overflowed) this.#fail({ type: 'upstream_rubbish', message: 'the upstream mixes too much in one answer' });
  }

  take(): readonly AnswerStep[] {
    return this.#lanes.take();
  }

  #begin(response: Document): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#lanes.sayNow({ kind: 'begin', id: asText(response['id']), model: asText(response['model']) });
  }

  #readPart(event: Document, type: string): void {
    this.#begin({});
    const item = asObject(event['item']);
    if (type === 'output_item.added') this.#itemOf(event, item)?.begin(item);
    else if (type === 'output_item.done') this.#itemOf(event, item)?.finish(item);
    else if (type === 'output_text.annotation.added') {
      this.#itemOf(event, { type: 'message' })?.cite(partOf(event, 'content'), asObject(event['annotation']));
    } else this.#readDelta(event, type);
  }

  #readDelta(event: Document, type: string): void {
    const spec = deltas[type];
    if (!spec || !Object.hasOwn(deltas, type)) return;
    const item = this.#itemOf(event, { type: spec.item });
    if (!item) return;
    const part = partOf(event, spec.part);
    if (spec.kind === 'input') item.input(event['delta']);
    else if (spec.kind === 'whole_input') item.completeInput(event['arguments'] ?? event['input']);
    else if (type.endsWith('.done')) item.complete(spec.kind, part, event['text'] ?? event['refusal']);
    else item.say(spec.kind, part, event['delta']);
  }

  /** Ids change from event to event behind some bridges; the place in the output does not. */
  #itemOf(event: Document, item: Document): Item | undefined {
    const index = event['output_index'];
    const id = asText(item['id']) ?? asText(event['item_id']);
    const key = typeof index === 'number' ? `${index}` : (id ?? null);
    if (key === null) return this.#last && !this.#last.isDone ? this.#last : this.#open(`item ${this.#items.size}`, item);
    return this.#items.get(key) ?? this.#open(key, item);
  }

  #open(key: string, item: Document): Item | undefined {
    if (this.#items.size >= MAX_ITEMS) return undefined;
    this.#last = new Item(this.#lanes, key, itemKind(item), this.#text);
    this.#items.set(key, this.#last);
    return this.#last;
  }

  #finish(response: Document, status: string): void {
    this.#begin(response);
    this.#readOutput(response);
    const usage = isObject(response['usage']) ? readOpenAiUsage(response['usage'])?.usage : undefined;
    if (usage) this.#lanes.sayNow({ kind: 'usage', usage });
    const failure = readOpenaiFailure(response['error']);
    const ending = status === 'done' ? (asText(response['status']) ?? 'completed') : status;
    if (failure || ending === 'failed' || ending === 'cancelled') {
      this.#fail(failure ?? { type: 'server_error', message: `the upstream ended the answer: ${ending}` });
      return;
    }
    this.#isOver = true;
    this.#lanes.sayNow({ kind: 'stop', meaning: this.#meaning(response, ending), sequence: null });
  }

  /** The last event repeats the output: it counts for items whose own events did not come. */
  #readOutput(response: Document): void {
    for (const [at, value] of asList(response['output']).entries()) {
      const item = asObject(value);
      const known = this.#items.get(`${at}`) ?? this.#known(item) ?? this.#open(`${at}`, item);
      if (known?.kind === itemKind(item)) known.finish(item);
    }
    for (const item of this.#items.values()) item.finish({});
  }

  #known(item: Document): Item | undefined {
    const id = asText(item['id']);
    return id === null ? undefined : this.#items.get(id);
  }

  #meaning(response: Document, ending: string): StopMeaning {
    if (ending === 'incomplete') {
      const reason = asObject(response['incomplete_details'])['reason'];
      return reason === 'content_filter' ? 'content_filter' : reason === 'max_output_tokens' ? 'length' : 'other';
    }
    const hasCalls = [...this.#items.values()].some(({ kind }) => kind === 'call' || kind === 'freeform_call');
    return hasCalls ? 'tool_calls' : 'stop';
  }

  #fail(failure: OpenaiFailure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#begin({});
    const { type, message } = failure ?? { type: 'error', message: 'the upstream reports an error without a word' };
    this.#lanes.sayNow({ kind: 'error', type, message });
  }
}

interface DeltaSpec {
  readonly item: string;
  readonly kind: 'text' | 'refusal' | 'thinking' | 'input' | 'whole_input';
  readonly part: 'content' | 'summary' | 'text';
}

const spec = (item: string, kind: DeltaSpec['kind'], part: DeltaSpec['part'] = 'content'): DeltaSpec => ({ item, kind, part });

/** Events by their name behind `response.`; all others say nothing that another dialect could hold. */
const deltas: Readonly<Record<string, DeltaSpec>> = {
  'output_text.delta': spec('message', 'text'),
  'output_text.done': spec('message', 'text'),
  'refusal.delta': spec('message', 'refusal'),
  'refusal.done': spec('message', 'refusal'),
  'reasoning_summary_text.delta': spec('reasoning', 'thinking', 'summary'),
  'reasoning_summary_text.done': spec('reasoning', 'thinking', 'summary'),
  'reasoning_summary.delta': spec('reasoning', 'thinking', 'summary'),
  'reasoning_text.delta': spec('reasoning', 'thinking', 'text'),
  'reasoning_text.done': spec('reasoning', 'thinking', 'text'),
  'function_call_arguments.delta': spec('function_call', 'input'),
  'function_call_arguments.done': spec('function_call', 'whole_input'),
  'custom_tool_call_input.delta': spec('custom_tool_call', 'input'),
  'custom_tool_call_input.done': spec('custom_tool_call', 'whole_input'),
};

/** Which part of its item a delta goes to, by the same words as in the finished item. */
function partOf(event: Document, part: DeltaSpec['part']): string {
  const index = part === 'summary' ? event['summary_index'] : event['content_index'];
  const at = typeof index === 'number' ? String(index) : '0';
  return part === 'content' ? at : `${part} ${at}`;
}
