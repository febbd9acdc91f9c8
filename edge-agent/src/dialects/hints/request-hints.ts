import type { Dialect, Feature } from '@aicarpool/shared-protocol';
import { readAffinity } from './read-affinity.ts';
import { type RequestExposure, readExposure } from './read-exposure.ts';
import { readFeatures } from './read-features.ts';
import { readPreviousAnswer } from './read-previous-answer.ts';

/** What a body tells besides its facts. Read only when somebody asks, for most groups never do. */
export class RequestHints {
  readonly #dialect: Dialect;
  readonly #body: Buffer;
  #features: ReadonlySet<Feature> | undefined;
  #affinity: string | null | undefined;
  #exposure: RequestExposure | undefined;

  constructor(dialect: Dialect, body: Buffer) {
    this.#dialect = dialect;
    this.#body = body;
  }

  /** What the request makes use of. A body that cannot be read may make use of anything. */
  get features(): ReadonlySet<Feature> {
    this.#features ??= readFeatures(this.#dialect, this.#body);
    return this.#features;
  }

  /** What of it cannot be told from its length. Parses the whole body, the first time. */
  get exposure(): RequestExposure {
    this.#exposure ??= readExposure(this.#dialect, this.#body);
    return this.#exposure;
  }

  /** The name that the client gives its conversation in the body; null: none. */
  get affinity(): string | null {
    if (this.#affinity === undefined) this.#affinity = readAffinity(this.#dialect, this.#body);
    return this.#affinity;
  }

  /** The answer, kept by the provider, from which the request goes on; null: none. */
  get previousAnswer(): string | null {
    return readPreviousAnswer(this.#dialect, this.#body);
  }
}
