import type { Dialect } from '@aicarpool/shared-protocol';

/** The node looks every second; a caller hears something after 15 s of silence. */
export const quietLooks = 15;

const words: Readonly<Record<Dialect, string>> = {
  'anthropic-messages': 'event: ping\ndata: {"type": "ping"}\n\n',
  'openai-chat': ': keep-alive\n\n',
  'openai-responses': 'event: keepalive\ndata: {"type":"keepalive"}\n\n',
  gemini: '\r\n',
};

/**
 * What keeps a waiting caller's stream open, in the one form that its clients bear: Codex counts only events with data,
 * Gemini CLI bears nothing but blank lines. Undefined: not before the stream has begun, for SDKs want the Responses
 * API's `response.created` first.
 */
export function findKeepAlive(dialect: Dialect, hasBegun: boolean): string | undefined {
  return dialect === 'openai-responses' && !hasBegun ? undefined : words[dialect];
}
