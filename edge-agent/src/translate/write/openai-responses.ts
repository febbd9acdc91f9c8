import type { Dialect, TokenUsage } from '@aicarpool/shared-protocol';
import { writeEvent } from '../../dialects/sse/write-event.ts';
import type { AnswerStep, AnswerWriter, StopMeaning } from '../answer-step.ts';
import { CallerTools } from '../request/openai-responses/caller-tools.ts';
import type { AnswerToTranslate, JsonObject } from '../translation.ts';
import { responsesErrorCode } from './openai-responses/error-code.ts';
import { OutputItems } from './openai-responses/output-items.ts';
import { incompleteReason, type ResponseState, responseObject } from './openai-responses/response-object.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
}

const brokenOff: Failure = {
  code: 'server_error',
  message: 'The answer broke off: the service behind this model ended it early.',
};

/** Says an answer as the Responses API does: its stream of events, or one response object. `upstream` gave the proofs. */
export function writeOpenaiResponses(input: AnswerToTranslate, upstream: Dialect): AnswerWriter {
  return new ResponsesWriter(input, upstream);
}

class ResponsesWriter implements AnswerWriter {
  readonly #input: AnswerToTranslate;
  readonly #items: OutputItems;
  #said = '';
  #sequence = 0;
  #hasBegun = false;
  #usage: TokenUsage | null = null;
  #stop: StopMeaning | null = null;
  #failure: Failure | null = null;

  constructor(input: AnswerToTranslate, upstream: Dialect) {
    this.#input = input;
    this.#items = new OutputItems(input, upstream, new CallerTools(input.request), (type, payload) => this.#emit(type, payload));
  }

  write(step: AnswerStep): string {
    this.#begin();
    if (step.kind === 'usage') this.#usage = step.usage;
    else if (step.kind === 'stop') this.#stop = step.meaning;
    else if (step.kind === 'error') this.#failure ??= { code: responsesErrorCode(step.type), message: step.message };
    else this.#items.write(step);
    return this.#take();
  }

  end(how: 'end' | 'cut'): string {
    this.#begin();
    const failure = this.#failure ?? (how === 'cut' || this.#stop === null ? brokenOff : null);
    this.#items.closeOpen();
    const response = responseObject(this.#input, this.#lastState(failure));
    if (!this.#input.stream) return JSON.stringify(response);
    if (failure) this.#emit('error', { ...failure, param: null });
    this.#emit(`response.${String(response['status'])}`, { response });
    return this.#take();
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const response = responseObject(this.#input, { status: 'in_progress', output: [], usage: null });
    this.#emit('response.created', { response });
    this.#emit('response.in_progress', { response });
  }

  #lastState(failure: Failure | null): ResponseState {
    const { output } = this.#items;
    if (failure) return { status: 'failed', output, usage: this.#usage, error: failure };
    const reason = this.#stop === null ? undefined : incompleteReason(this.#stop);
    return { status: reason === undefined ? 'completed' : 'incomplete', output, usage: this.#usage, incompleteReason: reason };
  }

  #emit(type: string, payload: JsonObject): void {
    if (!this.#input.stream) return;
    this.#said += writeEvent(JSON.stringify({ type, sequence_number: this.#sequence++, ...payload }), type);
  }

  #take(): string {
    const said = this.#said;
    this.#said = '';
    return said;
  }
}
