import { asList, asObject, asText, type Document, isObject } from '../../../dialects/answer/read-value.ts';
import { readOpenAiUsage } from '../../../dialects/openai/read-openai-usage.ts';
import type { AnswerStep } from '../../answer-step.ts';
import { urlCitation } from '../citation.ts';
import { type OpenaiFailure, readOpenaiFailure } from '../openai-failure.ts';
import { type Lane, StepLanes } from '../step-lanes.ts';
import { CallLanes } from './call-lanes.ts';
import { contentSteps } from './chat-content.ts';
import { chatStop } from './chat-stop.ts';
import { ReasoningDetails } from './reasoning-details.ts';

/** What the documents of one chat answer mean; a whole answer in one document is read as its only chunk. */
export class ChatSteps {
  readonly #lanes = new StepLanes();
  readonly #calls = new CallLanes(this.#lanes);
  readonly #details = new ReasoningDetails();
  #id: string | null = null;
  #model: string | null = null;
  #isBegun = false;
  #isOver = false;
  #speech: Lane | undefined;
  #isThinking = false;
  #isWhole = false;
  #finishReason: string | null = null;

  read(chunk: Document): void {
    if (this.#isOver) return;
    this.#id ??= asText(chunk['id']);
    this.#model ??= asText(chunk['model']);
    const choices = asList(chunk['choices']).map(asObject);
    const choice = choices.find((one) => (one['index'] ?? 0) === 0);
    if (choice) this.#readChoice(choice);
    this.#readUsage(chunk, choice);
    const failure = findFailure(chunk) ?? (choice && readOpenaiFailure(choice['error']));
    if (failure) this.#fail(failure);
    else if (this.#lanes.overflowed)
      this.#fail({ type: 'upstream_rubbish', message: 'the upstream mixes too much in one answer' });
  }

  /** `[DONE]`: an answer that ends so without a reason simply stopped. */
  close(): void {
    if (this.#isBegun) this.#stop(this.#finishReason ?? 'stop');
  }

  /** No more bytes: an answer is over once its reason is known, and one that came as a whole needs none. */
  end(): void {
    if (this.#finishReason !== null || this.#isWhole) this.#stop(this.#finishReason ?? 'stop');
  }

  take(): readonly AnswerStep[] {
    return this.#lanes.take();
  }

  #readChoice(choice: Document): void {
    this.#begin();
    const said = asObject(choice['delta'] ?? choice['message']);
    this.#isWhole ||= isObject(choice['message']);
    this.#details.add(said['reasoning_details']);
    for (const step of contentSteps(said)) this.#say(step);
    for (const annotation of asList(said['annotations'])) {
      const citation = urlCitation(asObject(annotation), 0);
      if (citation) this.#say(citation);
    }
    const hasCall = asList(said['tool_calls']).length > 0 || isObject(said['function_call']);
    if (hasCall) this.#endSpeech();
    this.#calls.read(said['tool_calls']);
    if (isObject(said['function_call'])) this.#calls.readLegacy(said['function_call']);
    const text = asText(choice['text']);
    if (text !== null) this.#say({ kind: 'text', text });
    this.#finishReason = asText(choice['finish_reason']) ?? this.#finishReason;
  }

  #begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#lanes.sayNow({ kind: 'begin', id: this.#id, model: this.#model });
  }

  #say(step: AnswerStep): void {
    if (step.kind !== 'thinking' && this.#isThinking) this.#proveThinking();
    this.#isThinking = step.kind === 'thinking';
    this.#speech ??= this.#lanes.open('speech');
    this.#lanes.say(this.#speech, step);
  }

  /** Signatures come behind the thinking, encrypted parts without any, and some vendors send them with the calls. */
  #proveThinking(): void {
    const proof = this.#details.take();
    const redacted = !this.#isThinking;
    this.#isThinking = false;
    if (proof === null) return;
    this.#speech ??= this.#lanes.open('speech');
    this.#lanes.say(this.#speech, { kind: 'thinking_proof', proof, redacted });
  }

  #endSpeech(): void {
    this.#proveThinking();
    if (this.#speech) this.#lanes.close(this.#speech);
    this.#speech = undefined;
  }

  #readUsage(chunk: Document, choice: Document | undefined): void {
    const groq = asObject(chunk['x_groq']);
    const stated = [chunk['usage'], groq['usage'], choice?.['usage']].find(isObject);
    const usage = stated && readOpenAiUsage(stated)?.usage;
    if (!usage) return;
    this.#begin();
    this.#lanes.sayNow({ kind: 'usage', usage });
  }

  #fail({ type, message }: OpenaiFailure): void {
    this.#isOver = true;
    this.#lanes.sayNow({ kind: 'error', type, message });
  }

  #stop(reason: string): void {
    if (this.#isOver) return;
    if (reason === 'error') {
      this.#fail({ type: 'server_error', message: 'the upstream ended the answer with an error and no word about it' });
      return;
    }
    this.#isOver = true;
    this.#endSpeech();
    this.#calls.finish();
    this.#lanes.sayNow({ kind: 'stop', meaning: chatStop(reason, this.#calls.hasCalls), sequence: null });
  }
}

/** Errors come in `error`, from Groq inside `x_groq`, and flat from some vendors. */
function findFailure(chunk: Document): OpenaiFailure | null {
  const stated = readOpenaiFailure(chunk['error']) ?? readOpenaiFailure(asObject(chunk['x_groq'])['error']);
  if (stated || 'choices' in chunk) return stated;
  const isFlat = chunk['object'] === 'error' || (!('object' in chunk) && asText(chunk['message']) !== null);
  return isFlat ? readOpenaiFailure(chunk) : readOpenaiFailure(chunk['detail']);
}
