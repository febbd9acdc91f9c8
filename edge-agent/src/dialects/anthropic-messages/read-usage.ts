import type { AnswerReader, Summary } from '../answer/answer-reader.ts';
import { asError, asObject, asText, isObject } from '../answer/read-value.ts';
import type { MeterReading } from '../dialect.ts';
import { count, keep, object } from '../json/shape.ts';
import { skimDelta } from './skim-delta.ts';
import { UsageState } from './usage-state.ts';

const eventShape = object({
  type: keep,
  message: object({ model: keep, usage: keep, stop_reason: keep }),
  delta: object({ stop_reason: keep, text: count(), thinking: count(), partial_json: count() }),
  usage: keep,
  error: keep,
});

const bodyShape = object({
  type: keep,
  model: keep,
  stop_reason: keep,
  usage: keep,
  error: keep,
  content: count('type', 'id', 'signature', 'data', 'citations', 'tool_use_id', 'content', 'caller'),
});

/** Usage of a Messages answer: `message_start` opens it, later `message_delta`s override it, number by number. */
export class MessagesReader implements AnswerReader {
  readonly eventShape = eventShape;
  readonly bodyShape = bodyShape;
  isTerminal = false;
  readonly #usage = new UsageState();
  #statesOutput = false;
  #isStopped = false;
  #servedModel: string | null = null;
  #stopReason: string | null = null;
  #error: MeterReading['error'] = null;

  skim(bytes: Buffer, start: number, end: number): number {
    return skimDelta(bytes, start, end);
  }

  read(document: unknown, name: string): void {
    const event = asObject(document);
    const type = asText(event['type']) ?? name;
    const message = asObject(event['message']);
    if (isObject(message['usage'])) this.#usage.merge(message['usage']);
    if (isObject(event['usage']) && this.#usage.merge(event['usage'])) this.#statesOutput = true;
    this.#servedModel = asText(message['model']) ?? asText(event['model']) ?? this.#servedModel;
    const stopReason = asText(asObject(event['delta'])['stop_reason']) ?? asText(event['stop_reason']);
    this.#stopReason = stopReason ?? this.#stopReason;
    this.#error = asError(event['error']) ?? this.#error;
    this.#isStopped ||= type === 'message_stop' || stopReason !== null || type === 'message';
    this.isTerminal ||= this.#isStopped || this.#error !== null;
  }

  summary(): Summary {
    const isFinal = this.#statesOutput && this.#isStopped;
    return {
      usage: this.#usage.usage(),
      inputReported: this.#usage.inputReported,
      billed: isFinal ? this.#usage.billed() : null,
      isFinal,
      isComplete: this.#isStopped,
      servedModel: this.#servedModel,
      stopReason: this.#stopReason,
      error: this.#error,
    };
  }
}
