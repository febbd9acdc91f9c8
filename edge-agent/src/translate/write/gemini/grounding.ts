import type { Citation } from '../../answer-step.ts';
import { bytePlaces } from '../../parts/byte-places.ts';
import { present } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

const MAX_CITATIONS = 4096;

interface Source {
  readonly index: number;
  title: string | null;
}

/** Gathers the sources of an answer, as the last chunk tells them. Places are counted in bytes of UTF-8. */
export class Grounding {
  #text = '';
  readonly #citations: Citation[] = [];
  readonly #sources = new Map<string, Source>();

  heard(text: string): void {
    this.#text += text;
  }

  add(citation: Citation): void {
    if (this.#citations.length >= MAX_CITATIONS) return;
    const { url, title } = citation;
    const known = this.#sources.get(url);
    if (known) known.title ??= title;
    else this.#sources.set(url, { index: this.#sources.size, title });
    this.#citations.push(citation);
  }

  /** Undefined where nothing was cited. */
  metadata(): JsonObject | undefined {
    if (this.#citations.length === 0) return undefined;
    const places = bytePlaces(this.#text);
    const byteAt = (at: number): number => places[Math.min(at, this.#text.length)] ?? 0;
    return {
      groundingChunks: [...this.#sources].map(([uri, { title }]) => ({ web: present({ uri, title: title ?? undefined }) })),
      groundingSupports: this.#citations.map(({ url, from, to }) => ({
        segment: { startIndex: byteAt(from), endIndex: byteAt(to), text: this.#text.slice(from, to) },
        groundingChunkIndices: [this.#sources.get(url)?.index ?? 0],
      })),
    };
  }
}
