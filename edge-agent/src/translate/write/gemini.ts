import type { Dialect, TokenUsage } from '@aicarpool/shared-protocol';
import type { AnswerStep, AnswerWriter, StopMeaning } from '../answer-step.ts';
import { present } from '../parts/json.ts';
import { GeminiTools } from '../request/gemini/caller-tools.ts';
import type { AnswerToTranslate, JsonObject } from '../translation.ts';
import { AnswerParts } from './gemini/answer-parts.ts';
import { type Frames, framesFor } from './gemini/frames.ts';
import { Grounding } from './gemini/grounding.ts';
import { rpcError } from './gemini/rpc-error.ts';
import { usageMetadata } from './gemini/usage-metadata.ts';

const finishReasons: Record<StopMeaning, string> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  other: 'OTHER',
};

const brokenOff = rpcError('unavailable', 'The answer broke off: the service behind this model ended it early.');

/** Says an answer as Gemini does: a chunk for every piece of text, calls whole, the last chunk alone with reason and usage. */
export function writeGemini(input: AnswerToTranslate, upstream: Dialect): AnswerWriter {
  return new GeminiWriter(input, upstream);
}

class GeminiWriter implements AnswerWriter {
  readonly #input: AnswerToTranslate;
  readonly #frames: Frames;
  readonly #parts: AnswerParts;
  /** Of an answer that is one body. */
  readonly #whole: JsonObject[] = [];
  readonly #grounding = new Grounding();
  #usage: TokenUsage | null = null;
  #stop: StopMeaning | null = null;
  #error: JsonObject | null = null;

  constructor(input: AnswerToTranslate, upstream: Dialect) {
    this.#input = input;
    this.#frames = framesFor(input);
    this.#parts = new AnswerParts(upstream, new GeminiTools(input.request));
  }

  write(step: AnswerStep): string {
    if (step.kind === 'usage') this.#usage = step.usage;
    else if (step.kind === 'stop') this.#stop = step.meaning;
    else if (step.kind === 'text') this.#grounding.heard(step.text);
    else if (step.kind === 'citation') this.#grounding.add(step);
    else if (step.kind === 'error') this.#error ??= rpcError(step.type, step.message);
    return this.#say(this.#parts.write(step));
  }

  end(how: 'end' | 'cut'): string {
    if (this.#error || how === 'cut' || this.#stop === null) return this.#frames.end(this.#error ?? brokenOff);
    const last = this.#say([...this.#parts.end(), ...this.#refusalAsText()]);
    return last + this.#frames.end(this.#lastChunk(this.#stop));
  }

  #say(parts: readonly JsonObject[]): string {
    if (parts.length === 0) return '';
    if (this.#input.stream) return this.#frames.chunk(this.#chunk({ content: { role: 'model', parts }, index: 0 }));
    for (const part of parts) addPart(this.#whole, part);
    return '';
  }

  /** A model that refuses and stops has said something; where a filter stopped it, the words explain the finish. */
  #refusalAsText(): readonly JsonObject[] {
    const { refusal } = this.#parts;
    return refusal === '' || this.#stop === 'content_filter' ? [] : [{ text: refusal }];
  }

  #lastChunk(stop: StopMeaning): JsonObject {
    const { malformed, refusal } = this.#parts;
    const isMalformed = malformed !== null && stop !== 'length';
    const parts = this.#input.stream || this.#whole.length === 0 ? [{ text: '' }] : this.#whole;
    const filtered = stop === 'content_filter' && refusal !== '' ? refusal : undefined;
    const broken = isMalformed ? `The model called ${malformed} with arguments that are no JSON object.` : undefined;
    const candidate = present({
      content: { role: 'model', parts },
      finishReason: isMalformed ? 'MALFORMED_FUNCTION_CALL' : finishReasons[stop],
      finishMessage: filtered ?? broken,
      index: 0,
      groundingMetadata: this.#grounding.metadata(),
    });
    return this.#chunk(candidate, this.#usage ? usageMetadata(this.#usage) : undefined);
  }

  #chunk(candidate: JsonObject, usage?: JsonObject): JsonObject {
    const { model, requestId } = this.#input;
    return present({ candidates: [candidate], usageMetadata: usage, modelVersion: model, responseId: requestId });
  }
}

/** In one body, pieces of the same text are one part. */
function addPart(parts: JsonObject[], part: JsonObject): void {
  const before = parts.at(-1);
  const isMore =
    before !== undefined &&
    typeof before['text'] === 'string' &&
    typeof part['text'] === 'string' &&
    before['thought'] === part['thought'] &&
    part['thoughtSignature'] === undefined;
  if (isMore) parts[parts.length - 1] = { ...before, text: `${String(before['text'])}${String(part['text'])}` };
  else parts.push(part);
}
