import type { IncomingHttpHeaders } from 'node:http';
import type { Dialect } from '@aicarpool/shared-protocol';
import { type Hash64, hashText } from './hash.ts';
import { readOpening } from './read-opening.ts';

/** Headers in which clients name their session, the most telling first. */
const sessionHeaders = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'thread-id',
  'x-amp-thread-id',
  'x-session-id',
  'x-codex-window-id',
] as const;

export interface Conversation {
  readonly headers: IncomingHttpHeaders;
  /** As the body names it; null: it does not. */
  readonly named: () => string | null;
  readonly keyId: string;
  readonly model: string;
  readonly dialect: Dialect;
  readonly body: Buffer;
}

/** What all requests of one session have in common: its name, else how its conversation began. */
export function affinityOf(conversation: Conversation): Hash64 {
  const { headers, keyId } = conversation;
  for (const name of sessionHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return hashText(`${keyId}\n${value}`);
  }
  const named = conversation.named();
  if (named !== null) return hashText(`${keyId}\n${named}`);
  return hashText(`${keyId}\n${conversation.model}\n${readOpening(conversation.dialect, conversation.body)}`);
}
