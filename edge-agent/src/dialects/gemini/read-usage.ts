import type { AnswerReader, Summary } from '../answer/answer-reader.ts';
import { asCount, asError, asList, asObject, asText, type Document } from '../answer/read-value.ts';
import type { MeterReading } from '../dialect.ts';
import { count, keep, list, object, objectOrList } from '../json/shape.ts';
import { usageOfMetadata } from './usage-metadata.ts';

const part = object({ text: count(), functionCall: count('id'), executableCode: count('language') });

const chunk = {
  candidates: list(object({ index: keep, finishReason: keep, content: object({ parts: list(part) }) })),
  usageMetadata: keep,
  modelVersion: keep,
  promptFeedback: object({ blockReason: keep }),
  error: keep,
};

/**
 * Usage of a Gemini answer: cumulative in every chunk, the last one counts, fields that it leaves out are kept from
 * earlier ones. The same documents come as events, as elements of one JSON array, or as one body.
 */
export class GeminiReader implements AnswerReader {
  readonly eventShape = object(chunk);
  readonly bodyShape = objectOrList(chunk);
  isTerminal = false;
  readonly #metadata: Record<string, unknown> = {};
  /** Content that had passed when usage was last stated: more content makes it stale. */
  #contentAtUsage = 0;
  readonly #open = new Set<number>();
  readonly #finished = new Set<number>();
  #isBlocked = false;
  #servedModel: string | null = null;
  #stopReason: string | null = null;
  #error: MeterReading['error'] = null;

  skim(): number {
    return -1;
  }

  read(document: unknown, _name: string, contentBytes: number): void {
    const answer = asObject(document);
    for (const [name, value] of Object.entries(asObject(answer['usageMetadata']))) {
      if (value === null) continue;
      this.#metadata[name] = value;
      this.#contentAtUsage = contentBytes;
    }
    this.#servedModel = asText(answer['modelVersion']) ?? this.#servedModel;
    for (const candidate of asList(answer['candidates']).map(asObject)) this.#readCandidate(candidate);
    this.#isBlocked ||= asText(asObject(answer['promptFeedback'])['blockReason']) !== null;
    this.#error = asError(answer['error']) ?? this.#error;
    this.isTerminal ||= this.#isEnded || this.#error !== null;
  }

  /** Every candidate that began has its finish reason. */
  get #isEnded(): boolean {
    return (this.#finished.size > 0 && this.#open.size === 0) || this.#isBlocked;
  }

  #readCandidate(candidate: Document): void {
    const index = asCount(candidate['index']) ?? 0;
    const reason = asText(candidate['finishReason']);
    if (reason === null) {
      if (!this.#finished.has(index)) this.#open.add(index);
      return;
    }
    this.#open.delete(index);
    this.#finished.add(index);
    this.#stopReason = reason;
  }

  summary(_how: 'end' | 'cut', contentBytes: number): Summary {
    const raw = this.#metadata;
    const hasInput = asCount(raw['promptTokenCount']) !== null;
    const hasOutput = asCount(raw['candidatesTokenCount']) !== null || asCount(raw['totalTokenCount']) !== null;
    // A prompt that was blocked is answered with metadata that counts nothing.
    const isFree = this.#isBlocked && !hasInput && !hasOutput;
    return {
      usage: hasInput || hasOutput || isFree ? usageOfMetadata(raw) : null,
      inputReported: hasInput || isFree,
      billed: null,
      isFinal: this.#isEnded && (hasOutput || isFree || contentBytes === 0) && this.#contentAtUsage === contentBytes,
      isComplete: this.#isEnded,
      servedModel: this.#servedModel,
      stopReason: this.#stopReason,
      error: this.#error,
    };
  }
}
