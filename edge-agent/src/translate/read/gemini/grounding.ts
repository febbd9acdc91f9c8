import type { AnswerStep, Citation } from '../../answer-step.ts';
import { bytePlaces, characterAt } from '../../parts/byte-places.ts';
import { findNumber, findText, objectOf, objectsOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

const MAX_CITATIONS = 4096;

/**
 * What Gemini says of the sources of its text: once, or again and more of it with every chunk. It counts in bytes of
 * UTF-8; steps count in characters.
 */
export class GeminiGrounding {
  #text = '';
  /** Of `#text` as it was when it was last looked at. */
  #places = bytePlaces('');
  readonly #seen = new Set<string>();

  heard(text: string): void {
    this.#text += text;
  }

  read(candidate: JsonObject): readonly AnswerStep[] {
    const metadata = objectOf(candidate['groundingMetadata']);
    const sources = objectsOf(metadata['groundingChunks']).map((chunk) => objectOf(chunk['web'] ?? chunk['retrievedContext']));
    const supports = objectsOf(metadata['groundingSupports']);
    const supported = supports.flatMap((support) => {
      const places = Array.isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
      return places.flatMap((place) => this.#cite(sources[Number(place)] ?? {}, objectOf(support['segment'])));
    });
    // Without a word on which part of the text they support, they support all of it.
    const all = supports.length > 0 ? [] : sources.flatMap((source) => this.#cite(source, {}));
    const cited = objectsOf(objectOf(candidate['citationMetadata'])['citations']);
    return [...supported, ...all, ...cited.flatMap((one) => this.#cite(one, one))];
  }

  #cite(source: JsonObject, segment: JsonObject): readonly Citation[] {
    const url = findText(source['uri']);
    if (url === undefined || this.#seen.size >= MAX_CITATIONS) return [];
    const end = findNumber(segment['endIndex']);
    const from = this.#characters(findNumber(segment['startIndex']) ?? 0);
    const to = end === undefined ? this.#text.length : this.#characters(end);
    const key = `${from} ${to} ${url}`;
    if (this.#seen.has(key)) return [];
    this.#seen.add(key);
    const quote = findText(source['text']) ?? null;
    return [{ kind: 'citation', url, title: findText(source['title']) ?? null, quote, from, to: Math.max(from, to) }];
  }

  #characters(bytes: number): number {
    if (this.#places.length !== this.#text.length + 1) this.#places = bytePlaces(this.#text);
    return characterAt(this.#places, bytes);
  }
}
