import type { Dialect, Feature } from '@aicarpool/shared-protocol';
import { readAffinity } from './read-affinity.ts';
import { type RequestExposure, readExposure } from './read-exposure.ts';
import { readFeatures } from './read-features.ts';
import { readPreviousAnswer } from './read-previous-answer.ts';
import { parseRequest } from './request-tree.ts';

interface WholeRequest {
  readonly features: ReadonlySet<Feature>;
  readonly exposure: RequestExposure;
}

/** What a body tells besides its facts. Read only when somebody asks, for most groups never do. */
export class RequestHints {
  readonly #dialect: Dialect;
  readonly #body: Buffer;
  #affinity: string | null | undefined;
  #read: WholeRequest | undefined;

  constructor(dialect: Dialect, body: Buffer) {
    this.#dialect = dialect;
    this.#body = body;
  }

  /** What the request makes use of. A body that cannot be read may make use of anything. */
  get features(): ReadonlySet<Feature> {
    return this.#whole().features;
  }

  /** What of it cannot be told from its length. */
  get exposure(): RequestExposure {
    return this.#whole().exposure;
  }

  // Both at once: the parsed body, many times its length, is not kept while an answer streams.
  #whole(): WholeRequest {
    if (!this.#read) {
      const request = parseRequest(this.#body);
      this.#read = { features: readFeatures(this.#dialect, request), exposure: readExposure(this.#dialect, request) };
    }
    return this.#read;
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
