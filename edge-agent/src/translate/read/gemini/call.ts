import type { AnswerStep } from '../../answer-step.ts';
import { findText, isObject, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { PartialArgs } from './partial-args.ts';

/** Function calls come whole, or (when the request asks for it) as a name, pieces of arguments, and an empty call. */
export class GeminiCall {
  count = 0;
  #open: PartialArgs | undefined;

  read(call: JsonObject, proof: string | null): readonly AnswerStep[] {
    const name = findText(call['name']);
    if (name === undefined) return this.#goOn(call);
    const before = this.end();
    this.count++;
    const id = findText(call['id']) ?? null;
    const begin: AnswerStep = { kind: 'tool_begin', id, name, proof, freeform: false };
    this.#open = new PartialArgs(isObject(call['args']) ? call['args'] : undefined);
    return [...before, begin, ...this.#goOn(call)];
  }

  end(): readonly AnswerStep[] {
    if (!this.#open) return [];
    const text = this.#open.toJson();
    this.#open = undefined;
    return [{ kind: 'tool_input', text }, { kind: 'tool_end' }];
  }

  #goOn(call: JsonObject): readonly AnswerStep[] {
    if (!this.#open) return [];
    for (const piece of objectsOf(call['partialArgs'])) this.#open.add(textOf(piece['jsonPath']), piece);
    return call['willContinue'] === true ? [] : this.end();
  }
}
