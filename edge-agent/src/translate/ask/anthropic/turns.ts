import { type Media, NotTranslatable, type Result, type Text, type Turn, type TurnPart } from '../../request/turns.ts';
import type { JsonObject } from '../../translation.ts';
import { settleResults } from '../settle-results.ts';

const target = 'Anthropic Messages';

/** Turns as messages: calls end their message, and their results begin the one right behind it, as the API demands. */
export function anthropicMessages(turns: readonly Turn[]): readonly JsonObject[] {
  return settleResults(turns)
    .map(({ role, parts }) => ({ role, content: role === 'assistant' ? assistantBlocks(parts) : userBlocks(parts) }))
    .filter(({ content }) => content.length > 0);
}

function userBlocks(parts: readonly TurnPart[]): readonly JsonObject[] {
  const results = parts.filter((part) => part.kind === 'result').map(resultBlock);
  const said = parts.flatMap((part) => {
    if (part.kind === 'text') return textBlock(part);
    return part.kind === 'media' ? [{ ...mediaBlock(part), ...cacheOf(part) }] : [];
  });
  return [...results, ...said];
}

function assistantBlocks(parts: readonly TurnPart[]): readonly JsonObject[] {
  // A turn that ends in thinking broke off there; the API refuses such a message.
  const last = parts.findLastIndex((part) => part.kind !== 'thinking' && !(part.kind === 'text' && part.text.trim() === ''));
  const said = parts.slice(0, last + 1);
  const firstCall = said.findIndex(({ kind }) => kind === 'call');
  const isTextBehind = firstCall !== -1 && said.some(({ kind }, at) => kind === 'text' && at > firstCall);
  const calls = said.filter(({ kind }) => kind === 'call');
  const ordered = isTextBehind ? [...said.filter(({ kind }) => kind !== 'call'), ...calls] : said;
  return ordered.flatMap(assistantBlock);
}

function assistantBlock(part: TurnPart): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return textBlock(part);
    case 'call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input }];
    case 'thinking':
      if (part.redacted) return [{ type: 'redacted_thinking', data: part.proof }];
      return [{ type: 'thinking', thinking: part.text, signature: part.proof }];
    case 'media':
      throw new NotTranslatable('A picture or file that the model made', target, 'Send it in a turn of the user.');
    default:
      return [];
  }
}

/** The API refuses texts that are empty or blank. */
function textBlock(part: Text): readonly JsonObject[] {
  const { text } = part;
  return text.trim() === '' ? [] : [{ type: 'text', text, ...cacheOf(part) }];
}

/** Of callers that mark for Anthropic, in another format, what it may keep. */
function cacheOf({ cacheControl }: Text | Media): JsonObject {
  return cacheControl ? { cache_control: cacheControl } : {};
}

function resultBlock({ id, content, isError }: Result): JsonObject {
  const [only] = content;
  const isPlain = content.length === 1 && only?.kind === 'text';
  const said = isPlain
    ? only.text
    : content.map((part) => (part.kind === 'media' ? mediaBlock(part) : { type: 'text', text: part.text }));
  const block = { type: 'tool_result', tool_use_id: id, content: content.length === 0 ? '' : said };
  return isError ? { ...block, is_error: true } : block;
}

function mediaBlock({ mimeType, base64, url, name }: Media): JsonObject {
  const source = base64 === null ? { type: 'url', url } : { type: 'base64', media_type: mimeType, data: base64 };
  if (mimeType.startsWith('image/')) return { type: 'image', source };
  const title = name === null ? {} : { title: name };
  if (mimeType === 'application/pdf') return { type: 'document', source, ...title };
  if (base64 !== null && (mimeType.startsWith('text/') || mimeType === 'application/json')) {
    const data = Buffer.from(base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...title };
  }
  throw new NotTranslatable(`A file of type ${mimeType}`, target, 'Send pictures, PDF documents or text.');
}
