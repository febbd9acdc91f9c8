import { objectsOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';

const mark: JsonObject = { cache_control: { type: 'ephemeral' } };

/**
 * Callers of other formats count on a cache that works by itself; Anthropic reads one only up to marked blocks. Marked
 * are the end of tools and system, and the end of the conversation, for requests that agents repeat with every step.
 */
export function withCacheMarks(body: JsonObject): JsonObject {
  if (isMarked(body)) return body;
  return { ...body, system: markLast(body['system']), messages: markLastMessage(body['messages']) };
}

/** The caller knows Anthropic's marks, of which it takes four. */
function isMarked(body: JsonObject): boolean {
  const messages = objectsOf(body['messages']).flatMap(({ content }) => objectsOf(content));
  const blocks = [...objectsOf(body['system']), ...objectsOf(body['tools']), ...messages];
  return blocks.some((block) => block['cache_control'] !== undefined);
}

function markLast(blocks: JsonObject[string]): JsonObject[string] {
  if (!Array.isArray(blocks) || blocks.length === 0) return blocks;
  const list = blocks as readonly JsonObject[];
  return [...list.slice(0, -1), { ...list.at(-1), ...mark }];
}

/** Only the user's blocks: thinking takes no mark. */
function markLastMessage(messages: JsonObject[string]): JsonObject[string] {
  if (!Array.isArray(messages)) return messages;
  const list = messages as readonly JsonObject[];
  const last = list.at(-1);
  if (last?.['role'] !== 'user') return messages;
  return [...list.slice(0, -1), { ...last, content: markLast(last['content']) }];
}
