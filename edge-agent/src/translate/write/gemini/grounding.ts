import type { Citation } from '../../answer-step.ts';
import { present } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

/** Gathers the sources of an answer, as the last chunk tells them. Places are counted in bytes of UTF-8. */
export class Grounding {
  #text = '';
  readonly #citations: Citation[] = [];

  heard(text: string): void {
    this.#text += text;
  }

  add(citation: Citation): void {
    this.#citations.push(citation);
  }

  /** Undefined where nothing was cited. */
  metadata(): JsonObject | undefined {
    if (this.#citations.length === 0) return undefined;
    const urls = [...new Set(this.#citations.map(({ url }) => url))];
    const groundingChunks = urls.map((uri) => {
      const title = this.#citations.find(({ url, title }) => url === uri && title !== null)?.title ?? undefined;
      return { web: present({ uri, title }) };
    });
    const groundingSupports = this.#citations.map(({ url, from, to }) => ({
      segment: {
        startIndex: Buffer.byteLength(this.#text.slice(0, from)),
        endIndex: Buffer.byteLength(this.#text.slice(0, to)),
        text: this.#text.slice(from, to),
      },
      groundingChunkIndices: [urls.indexOf(url)],
    }));
    return { groundingChunks, groundingSupports };
  }
}
