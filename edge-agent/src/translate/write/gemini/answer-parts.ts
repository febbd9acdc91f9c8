import type { Dialect } from '@aicarpool/shared-protocol';
import type { AnswerStep } from '../../answer-step.ts';
import { findObject, present } from '../../parts/json.ts';
import { carryThinking, type ProvenThinking } from '../../request/carried-thinking.ts';
import type { GeminiTools } from '../../request/gemini/caller-tools.ts';
import type { JsonObject } from '../../translation.ts';

type ToolBegin = Extract<AnswerStep, { kind: 'tool_begin' }>;

/** Turns the steps of an answer into parts: text at once, calls when they are whole, proofs with the part behind them. */
export class AnswerParts {
  /** The words of a refusal; whether they are text is known at the stop. */
  refusal = '';
  /** Arguments that are no JSON object: a call that nobody could run. */
  malformed: string | null = null;
  readonly #upstream: Dialect;
  readonly #tools: GeminiTools;
  #thinking = '';
  #proven: ProvenThinking[] = [];
  #call: { readonly begin: ToolBegin; args: string } | null = null;

  constructor(upstream: Dialect, tools: GeminiTools) {
    this.#upstream = upstream;
    this.#tools = tools;
  }

  write(step: AnswerStep): readonly JsonObject[] {
    switch (step.kind) {
      case 'text':
        return step.text === '' ? [] : [this.#signed({ text: step.text })];
      case 'refusal':
        this.refusal += step.text;
        return [];
      case 'thinking':
        this.#thinking += step.text;
        return step.text === '' ? [] : [{ text: step.text, thought: true }];
      case 'thinking_proof':
        this.#prove(step.proof, step.redacted);
        return [];
      case 'tool_begin':
        this.#call = { begin: step, args: '' };
        return [];
      case 'tool_input':
        if (this.#call) this.#call.args += step.text;
        return [];
      case 'tool_end':
        return this.#closeCall();
      case 'image':
        return [this.#signed({ inlineData: { mimeType: step.mimeType, data: step.base64 } })];
      default:
        return [];
    }
  }

  /** A proof that nothing followed, and a call that the answer broke off in. */
  end(): readonly JsonObject[] {
    const calls = this.#closeCall();
    return this.#proven.length > 0 ? [...calls, this.#signed({ text: '' })] : calls;
  }

  #prove(proof: string, redacted: boolean): void {
    this.#proven.push({ text: redacted ? '' : this.#thinking, proof, redacted });
    if (!redacted) this.#thinking = '';
  }

  #closeCall(): readonly JsonObject[] {
    if (!this.#call) return [];
    const { begin, args } = this.#call;
    this.#call = null;
    const input = begin.freeform ? { input: args } : args.trim() === '' ? {} : findObject(args);
    if (!input) {
      this.malformed = begin.name;
      return [];
    }
    const functionCall = present({ id: begin.id ?? undefined, name: this.#tools.callerName(begin.name), args: input });
    return [this.#signed({ functionCall })];
  }

  #signed(part: JsonObject): JsonObject {
    this.#thinking = '';
    if (this.#proven.length === 0) return part;
    const thoughtSignature = carryThinking(this.#upstream, this.#proven);
    this.#proven = [];
    return { ...part, thoughtSignature };
  }
}
