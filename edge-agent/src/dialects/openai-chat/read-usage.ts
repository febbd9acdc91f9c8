import type { AnswerReader, Summary } from '../answer/answer-reader.ts';
import { asError, asList, asObject, asText, type Document, isObject } from '../answer/read-value.ts';
import type { MeterReading } from '../dialect.ts';
import { count, keep, list, object } from '../json/shape.ts';
import { type OpenAiUsage, readOpenAiUsage } from '../openai/read-openai-usage.ts';

const content = count('id', 'role', 'type', 'reasoning_details', 'annotations', 'audio', 'images', 'signature');

const shape = object({
  model: keep,
  usage: keep,
  x_groq: object({ usage: keep, error: keep }),
  choices: list(object({ finish_reason: keep, usage: keep, delta: content, message: content, text: count() })),
  error: keep,
  // Some vendors write their errors flat.
  object: keep,
  type: keep,
  code: keep,
  message: keep,
  detail: keep,
});

/**
 * Usage of a Chat Completions answer. It comes in a last chunk without choices, in the chunk that finishes, on every
 * chunk (cumulative), inside a choice or under `x_groq`, and only when the request asked for it.
 */
export class ChatReader implements AnswerReader {
  readonly eventShape = shape;
  readonly bodyShape = shape;
  isTerminal = false;
  #usage: OpenAiUsage | null = null;
  /** Content that had passed when usage was last stated: more content makes it stale. */
  #contentAtUsage = 0;
  #isDone = false;
  #servedModel: string | null = null;
  #stopReason: string | null = null;
  #error: MeterReading['error'] = null;

  /** `[DONE]` is the only event that is no JSON object. */
  skim(bytes: Buffer, start: number, end: number): number {
    if (bytes[start] !== 0x5b || bytes.toString('latin1', start, Math.min(end, start + 6)) !== '[DONE]') return -1;
    this.#isDone = true;
    this.isTerminal = true;
    return 0;
  }

  read(document: unknown, _name: string, contentBytes: number): void {
    const chunk = asObject(document);
    const choices = asList(chunk['choices']).map(asObject);
    this.#servedModel = asText(chunk['model']) ?? this.#servedModel;
    for (const choice of choices) this.#stopReason = asText(choice['finish_reason']) ?? this.#stopReason;
    const groq = asObject(chunk['x_groq']);
    const stated = [chunk['usage'], groq['usage'], ...choices.map((choice) => choice['usage'])].find(isObject);
    const usage = stated && readOpenAiUsage(stated);
    if (usage) {
      this.#usage = usage;
      this.#contentAtUsage = contentBytes;
    }
    this.#error = asError(chunk['error']) ?? asError(groq['error']) ?? flatError(chunk) ?? this.#error;
    this.isTerminal ||= this.#error !== null;
  }

  summary(how: 'end' | 'cut', contentBytes: number): Summary {
    const isFinished = this.#stopReason !== null || this.#isDone;
    return {
      usage: this.#usage?.usage ?? null,
      inputReported: this.#usage?.inputReported ?? false,
      billed: null,
      isFinal: this.#contentAtUsage === contentBytes && (isFinished || how === 'end') && this.#error === null,
      isComplete: this.#isDone || (how === 'end' && this.#stopReason !== null),
      servedModel: this.#servedModel,
      stopReason: this.#stopReason,
      error: this.#error,
    };
  }
}

/** `{"object":"error","message":…,"type":…}` and `{"detail":"…"}`. */
function flatError(chunk: Document): MeterReading['error'] {
  if ('choices' in chunk) return null;
  if (chunk['object'] === 'error' || (!('object' in chunk) && asText(chunk['message']) !== null)) return asError(chunk);
  return asError(chunk['detail']);
}
