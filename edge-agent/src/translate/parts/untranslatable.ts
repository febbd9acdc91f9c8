import type { Refusal } from '@aicarpool/shared-protocol';

/** Gathers what a pair cannot express; the first of it is what the caller is told. */
export class Untranslatable {
  readonly #target: string;
  #refusal: Refusal | undefined;

  /** `target`: the format of the upstream, as people call it. */
  constructor(target: string) {
    this.#target = target;
  }

  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  refuse(feature: string, advice: string): void {
    this.#refusal ??= {
      code: 'not_translatable',
      message: `${feature} cannot be said in the ${this.#target} format that serves this request: ${advice}`,
    };
  }
}
