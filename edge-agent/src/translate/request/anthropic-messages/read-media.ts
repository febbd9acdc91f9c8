import { findText, isObject, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject } from '../../translation.ts';

export type Media =
  | { readonly kind: 'data'; readonly mimeType: string; readonly base64: string; readonly name: string | undefined }
  | { readonly kind: 'url'; readonly mimeType: string; readonly url: string; readonly name: string | undefined }
  | { readonly kind: 'text'; readonly text: string };

const inAnthropicsStore = 'send its bytes (source of type base64) in place of a file_id: files lie at Anthropic only.';

/** A picture or document block; undefined once it was refused. Documents of plain text become text. */
export function readMedia(block: JsonObject, problems: Untranslatable): readonly Media[] {
  refuseCitations(block, problems);
  const isPicture = block['type'] === 'image';
  const source = objectOf(block['source']);
  const name = findText(block['title']);
  switch (source['type']) {
    case 'base64': {
      const mimeType = findText(source['media_type']) ?? (isPicture ? 'image/png' : 'application/pdf');
      return [{ kind: 'data', mimeType, base64: textOf(source['data']), name }];
    }
    case 'url':
      return [{ kind: 'url', mimeType: isPicture ? 'image/*' : 'application/pdf', url: textOf(source['url']), name }];
    case 'text':
      return [{ kind: 'text', text: titled(name, textOf(source['data'])) }];
    case 'content':
      return readContentSource(source, name, problems);
    default:
      problems.refuse(
        `A ${isPicture ? 'picture' : 'document'} with a source of type "${textOf(source['type'])}"`,
        inAnthropicsStore,
      );
      return [];
  }
}

/** No other format says which words of a document an answer rests on. */
export function refuseCitations(block: JsonObject, problems: Untranslatable): void {
  if (objectOf(block['citations'])['enabled'] !== true) return;
  problems.refuse(
    `Citations of a block of type "${textOf(block['type'])}"`,
    'leave them out, or ask a model that Anthropic serves.',
  );
}

function readContentSource(source: JsonObject, name: string | undefined, problems: Untranslatable): readonly Media[] {
  if (typeof source['content'] === 'string') return [{ kind: 'text', text: titled(name, source['content']) }];
  return objectsOf(source['content']).flatMap((block): readonly Media[] =>
    block['type'] === 'text' ? [{ kind: 'text', text: textOf(block['text']) }] : readMedia(block, problems),
  );
}

function titled(name: string | undefined, text: string): string {
  return name === undefined ? text : `${name}\n\n${text}`;
}

/** A search result that the client found itself: its source and its texts. */
export function searchResultText(block: JsonObject): string {
  const texts = objectsOf(block['content']).map(({ text }) => textOf(text));
  return [textOf(block['title']), textOf(block['source']), ...texts].filter((text) => text !== '').join('\n');
}

/** Pages that Anthropic found earlier in this conversation; their contents are sealed, so their names must do. */
export function foundPagesText(block: JsonObject): string {
  const pages = Array.isArray(block['content']) ? objectsOf(block['content']) : [];
  const lines = pages.map((page) => `- ${textOf(page['title'])} ${textOf(page['url'])}`.trimEnd());
  return lines.length === 0 ? '' : `Pages found by a web search:\n${lines.join('\n')}`;
}

export function isPicture(media: Media): boolean {
  return media.kind !== 'text' && media.mimeType.startsWith('image/');
}

export function dataUrl({ mimeType, base64 }: { readonly mimeType: string; readonly base64: string }): string {
  return `data:${mimeType};base64,${base64}`;
}

/** Words for a block that is only in the history: undefined where the block is something else. */
export function findHistoryText(block: JsonObject): string | undefined {
  switch (block['type']) {
    case 'server_tool_use':
      return isObject(block['input']) && block['name'] === 'web_search' ? `Web search: ${textOf(block['input']['query'])}` : '';
    case 'web_search_tool_result':
      return foundPagesText(block);
    case 'compaction':
      return textOf(block['content']);
    case 'tool_reference':
      return `The tool ${textOf(block['tool_name'])} is available now.`;
    default:
      return undefined;
  }
}
