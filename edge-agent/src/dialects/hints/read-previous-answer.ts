import type { Dialect } from '@aicarpool/shared-protocol';
import { readTopLevel } from '../json/read-top-level.ts';

const longestBytes = 300;

/** The answer, kept by the provider, from which a request goes on; null: none, or the dialect knows no such thing. */
export function readPreviousAnswer(dialect: Dialect, body: Buffer): string | null {
  if (dialect !== 'openai-responses') return null;
  const top = readTopLevel(body, 0, body.length, ['previous_response_id']);
  const range = top.ok ? top.values.get('previous_response_id') : undefined;
  if (!range || range.end - range.start > longestBytes || body[range.start] !== 0x22) return null;
  return body.toString('utf8', range.start + 1, range.end - 1);
}
