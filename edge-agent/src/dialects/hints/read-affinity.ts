import type { Dialect } from '@aicarpool/shared-protocol';
import { readTopLevel } from '../json/read-top-level.ts';

/** Members that name a conversation, the best first; Anthropic's stands inside `metadata`. */
const names: Record<Dialect, readonly string[]> = {
  'anthropic-messages': ['metadata'],
  'openai-chat': ['prompt_cache_key'],
  'openai-responses': ['prompt_cache_key', 'conversation', 'previous_response_id'],
  gemini: ['cachedContent', 'cached_content'],
};
const longestBytes = 2_000;

/** The name that a body gives its conversation, as JSON text; null: none. Never throws. */
export function readAffinity(dialect: Dialect, body: Buffer): string | null {
  const top = readTopLevel(body, 0, body.length, names[dialect]);
  if (!top.ok) return null;
  for (const name of names[dialect]) {
    const range = top.values.get(name);
    if (!range || range.end - range.start > longestBytes) continue;
    const inner = name === 'metadata' ? readTopLevel(body, range.start, range.end, ['user_id']) : undefined;
    const found = name === 'metadata' ? inner?.ok && inner.values.get('user_id') : range;
    const text = found ? body.toString('utf8', found.start, found.end) : 'null';
    if (text !== 'null' && text !== '""') return text;
  }
  return null;
}
