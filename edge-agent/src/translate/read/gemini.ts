import { usageOfMetadata } from '../../dialects/gemini/usage-metadata.ts';
import type { AnswerReader, AnswerStep } from '../answer-step.ts';
import { findText, isObject, objectOf, objectsOf, textOf } from '../parts/json.ts';
import { JsonEvents } from '../parts/json-events.ts';
import type { JsonObject, JsonValue } from '../translation.ts';
import { GeminiCall } from './gemini/call.ts';
import { GeminiGrounding } from './gemini/grounding.ts';
import { blockedStop, meaningOfFinish } from './gemini/stop.ts';

/** `stream` says nothing here: events, a JSON array and one body hold the same documents. */
export function readGemini(_stream: boolean): AnswerReader {
  return new GeminiAnswerReader();
}

/**
 * Steps of a Gemini answer. Only the first candidate: no other dialect asks for more. What the provider ran itself
 * (code, searches) is left out, as its parts mean nothing outside Gemini; what the model then says of it is text.
 */
class GeminiAnswerReader implements AnswerReader {
  readonly #events = new JsonEvents();
  readonly #call = new GeminiCall();
  readonly #grounding = new GeminiGrounding();
  readonly #metadata: Record<string, JsonValue | undefined> = {};
  #steps: AnswerStep[] = [];
  #hasBegun = false;
  #stop: AnswerStep | undefined;

  push(chunk: Buffer): readonly AnswerStep[] {
    for (const { data } of this.#events.push(chunk)) this.#read(data);
    return this.#take();
  }

  /** The stop is said last: usage may still come behind the chunk that has it. */
  end(_how: 'end' | 'cut'): readonly AnswerStep[] {
    for (const { data } of this.#events.end()) this.#read(data);
    this.#steps.push(...this.#call.end());
    if (this.#stop) this.#steps.push(this.#stop);
    return this.#take();
  }

  #take(): readonly AnswerStep[] {
    const steps = this.#steps;
    if (steps.length > 0) this.#steps = [];
    return steps;
  }

  #read(answer: JsonObject): void {
    const error = answer['error'];
    if (isObject(error)) {
      const code = typeof error['code'] === 'number' ? String(error['code']) : 'error';
      this.#steps.push({ kind: 'error', type: findText(error['status']) ?? code, message: textOf(error['message']) });
      return;
    }
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#steps.push({
        kind: 'begin',
        id: findText(answer['responseId']) ?? null,
        model: findText(answer['modelVersion']) ?? null,
      });
    }
    this.#readUsage(objectOf(answer['usageMetadata']));
    for (const candidate of objectsOf(answer['candidates'])) {
      if ((candidate['index'] ?? 0) === 0) this.#readCandidate(candidate);
    }
    const blocked = findText(objectOf(answer['promptFeedback'])['blockReason']);
    if (blocked !== undefined) this.#stop ??= blockedStop;
  }

  #readUsage(metadata: JsonObject): void {
    let isNew = false;
    for (const [name, value] of Object.entries(metadata)) {
      if (value === null || this.#metadata[name] === value) continue;
      this.#metadata[name] = value;
      isNew ||= typeof value === 'number';
    }
    if (isNew) this.#steps.push({ kind: 'usage', usage: usageOfMetadata(this.#metadata) });
  }

  #readCandidate(candidate: JsonObject): void {
    for (const part of objectsOf(objectOf(candidate['content'])['parts'])) this.#readPart(part);
    this.#steps.push(...this.#grounding.read(candidate));
    const reason = findText(candidate['finishReason']);
    const meaning = reason && meaningOfFinish(reason);
    if (meaning)
      this.#stop = { kind: 'stop', meaning: meaning === 'stop' && this.#call.count > 0 ? 'tool_calls' : meaning, sequence: null };
  }

  #readPart(part: JsonObject): void {
    const proof = findText(part['thoughtSignature']);
    const call = part['functionCall'];
    if (isObject(call)) {
      this.#steps.push(...this.#call.read(call, proof ?? null));
      return;
    }
    const text = textOf(part['text']);
    // A part that says nothing may stand between the pieces of one call.
    if (text === '' && !isObject(part['inlineData']) && proof === undefined) return;
    this.#steps.push(...this.#call.end());
    const isThought = part['thought'] === true;
    if (text !== '') this.#steps.push({ kind: isThought ? 'thinking' : 'text', text });
    if (!isThought) this.#grounding.heard(text);
    const blob = objectOf(part['inlineData']);
    const base64 = findText(blob['data']);
    if (base64 !== undefined && !isThought) {
      this.#steps.push({ kind: 'image', mimeType: findText(blob['mimeType']) ?? 'application/octet-stream', base64 });
    }
    if (proof !== undefined) this.#steps.push({ kind: 'thinking_proof', proof, redacted: false });
  }
}
