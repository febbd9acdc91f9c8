import { asText, type Document } from '../../dialects/answer/read-value.ts';
import type { Citation } from '../answer-step.ts';

/** A `url_citation` of OpenAI, flat or inside a member of that name. `base`: how much text stood before what it counts in. */
export function urlCitation(annotation: Document, base: number): Citation | undefined {
  if (annotation['type'] !== 'url_citation') return undefined;
  const { url_citation: inner } = annotation as { url_citation?: unknown };
  const stated = typeof inner === 'object' && inner !== null ? (inner as Document) : annotation;
  const url = asText(stated['url']);
  if (url === null) return undefined;
  const from = base + placeOf(stated['start_index']);
  const to = Math.max(from, base + placeOf(stated['end_index']));
  return { kind: 'citation', url, title: asText(stated['title']), quote: asText(stated['content']), from, to };
}

/** A citation of a page or a search result; places in documents that the caller sent have no address. */
export function blockCitation(citation: Document, from: number, to: number): Citation | undefined {
  const url = asText(citation['url']) ?? (citation['type'] === 'search_result_location' ? asText(citation['source']) : null);
  if (url === null) return undefined;
  return { kind: 'citation', url, title: asText(citation['title']), quote: asText(citation['cited_text']), from, to };
}

function placeOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}
