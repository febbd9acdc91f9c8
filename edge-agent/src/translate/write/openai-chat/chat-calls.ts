import type { AnswerStep } from '../../answer-step.ts';
import { findText, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import { madeToolId } from '../../parts/tool-id.ts';
import { portableName } from '../../request/portable-name.ts';
import type { AnswerToTranslate, JsonObject } from '../../translation.ts';
import { FreeformInput } from '../openai-responses/freeform-input.ts';

type ToolBegin = Extract<AnswerStep, { kind: 'tool_begin' }>;

interface OpenCall {
  readonly isFreeform: boolean;
  /** Present where the upstream could only say the freeform input inside JSON. */
  readonly packed: FreeformInput | null;
  hasInput: boolean;
}

/** Tool calls as deltas: id and name with the first piece of each, arguments as they come. */
export class ChatCalls {
  readonly #requestId: string;
  readonly #isLegacy: boolean;
  readonly #freeform = new Set<string>();
  readonly #callersName = new Map<string, string>();
  #count = 0;
  #open: OpenCall | undefined;

  constructor({ request, requestId }: AnswerToTranslate) {
    this.#requestId = requestId;
    const legacy = objectsOf(request['functions']);
    this.#isLegacy = legacy.length > 0 && objectsOf(request['tools']).length === 0;
    for (const tool of objectsOf(request['tools'])) {
      const custom = findText(objectOf(tool['custom'])['name']);
      if (tool['type'] === 'custom' && custom !== undefined) this.#freeform.add(custom);
      const name = custom ?? textOf(objectOf(tool['function'])['name']);
      this.#callersName.set(portableName(name), name);
    }
    for (const { name } of legacy) this.#callersName.set(portableName(textOf(name)), textOf(name));
  }

  get count(): number {
    return this.#count;
  }

  get finishReason(): string {
    return this.#isLegacy ? 'function_call' : 'tool_calls';
  }

  begin(step: ToolBegin): JsonObject {
    const name = this.#callersName.get(step.name) ?? step.name;
    const isFreeform = step.freeform || this.#freeform.has(name);
    this.#open = { isFreeform, packed: isFreeform && !step.freeform ? new FreeformInput() : null, hasInput: false };
    const id = madeToolId('call', step.id, this.#requestId, this.#count++);
    if (this.#isLegacy) return { function_call: { name, arguments: '' } };
    const body = isFreeform
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    // The place where Google itself puts the signatures of its calls in this format.
    const proof = step.proof === null ? {} : { extra_content: { google: { thought_signature: step.proof } } };
    return { tool_calls: [{ index: this.#count - 1, id, ...body, ...proof }] };
  }

  input(text: string): JsonObject | null {
    if (!this.#open) return null;
    return this.#piece(this.#open, this.#open.packed ? this.#open.packed.push(text) : text);
  }

  end(): JsonObject | null {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return null;
    const rest = open.packed?.end() ?? '';
    return this.#piece(open, open.isFreeform || open.hasInput ? rest : '{}');
  }

  #piece(open: OpenCall, text: string): JsonObject | null {
    if (text === '') return null;
    open.hasInput = true;
    if (this.#isLegacy) return { function_call: { arguments: text } };
    const body = open.isFreeform ? { custom: { input: text } } : { function: { arguments: text } };
    return { tool_calls: [{ index: this.#count - 1, ...body }] };
  }
}
