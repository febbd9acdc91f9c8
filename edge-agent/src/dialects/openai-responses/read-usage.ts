import type { AnswerReader, Summary } from '../answer/answer-reader.ts';
import { asError, asObject, asText, isObject } from '../answer/read-value.ts';
import type { MeterReading } from '../dialect.ts';
import { count, keep, object } from '../json/shape.ts';
import { type OpenAiUsage, readOpenAiUsage } from '../openai/read-openai-usage.ts';

const longestId = 200;
const response = { id: keep, status: keep, model: keep, usage: keep, error: keep };

const eventShape = object({ type: keep, delta: count(), error: keep, code: keep, message: keep, response: object(response) });

const bodyShape = object({
  ...response,
  output: count('id', 'type', 'status', 'role', 'call_id', 'encrypted_content', 'annotations', 'logprobs', 'result', 'results'),
});

const lastEvents = new Set([
  'response.completed',
  'response.failed',
  'response.incomplete',
  'response.cancelled',
  'response.done',
]);

/** Usage of a Responses answer: stated once, in the event that ends it, and null where it failed at once. */
export class ResponsesReader implements AnswerReader {
  readonly eventShape = eventShape;
  readonly bodyShape = bodyShape;
  isTerminal = false;
  #usage: OpenAiUsage | null = null;
  #isLast = false;
  #servedModel: string | null = null;
  #status: string | null = null;
  #id: string | undefined;
  #error: MeterReading['error'] = null;

  /** Some vendors close with `[DONE]` as in Chat Completions. */
  skim(bytes: Buffer, start: number): number {
    return bytes[start] === 0x5b ? 0 : -1;
  }

  read(document: unknown, name: string): void {
    const event = asObject(document);
    const type = asText(event['type']) ?? name;
    const answer = isObject(event['response']) ? event['response'] : event;
    this.#servedModel = asText(answer['model']) ?? this.#servedModel;
    this.#status = asText(answer['status']) ?? this.#status;
    this.#id = asText(answer['id']) ?? this.#id;
    if (isObject(answer['usage'])) this.#usage = readOpenAiUsage(answer['usage']) ?? this.#usage;
    const flat = type === 'error' ? { code: event['code'], message: event['message'] } : null;
    this.#error ??= asError(event['error']) ?? asError(answer['error']) ?? asError(flat);
    const isBody = type === '' && answer === event && (this.#status !== null || this.#usage !== null);
    this.#isLast ||= lastEvents.has(type) || isBody;
    this.isTerminal ||= lastEvents.has(type) || type === 'error';
  }

  summary(): Summary {
    return {
      usage: this.#usage?.usage ?? null,
      inputReported: this.#usage?.inputReported ?? false,
      billed: null,
      isFinal: this.#isLast,
      isComplete: this.#isLast,
      servedModel: this.#servedModel,
      ...(this.#id === undefined || this.#id.length > longestId ? {} : { answerId: this.#id }),
      stopReason: this.#status,
      error: this.#error,
    };
  }
}
