import type { Dialect } from '@aicarpool/shared-protocol';
import type { ServiceEntry } from '../snapshot/snapshot.ts';
import { findTranslation } from '../translate/table.ts';
import type { Translation } from '../translate/translation.ts';

/** How caller and service understand each other. */
export interface Speech {
  readonly dialect: Dialect;
  /** null: they speak the same. */
  readonly translation: Translation | null;
}

/** Where a service speaks several other dialects: first the one that keeps most of what a caller of this one says. */
const nearest: Record<Dialect, readonly Dialect[]> = {
  'anthropic-messages': ['openai-responses', 'gemini', 'openai-chat'],
  'openai-chat': ['openai-responses', 'anthropic-messages', 'gemini'],
  'openai-responses': ['openai-chat', 'anthropic-messages', 'gemini'],
  gemini: ['anthropic-messages', 'openai-responses', 'openai-chat'],
};

/** Undefined: this service cannot be asked in a way that the caller's request could be said. */
export function findSpeech(from: Dialect, { pathPrefix }: ServiceEntry, mayTranslate: boolean): Speech | undefined {
  if (pathPrefix.has(from)) return { dialect: from, translation: null };
  if (!mayTranslate) return undefined;
  for (const to of nearest[from]) {
    const translation = pathPrefix.has(to) ? findTranslation(from, to) : undefined;
    if (translation) return { dialect: to, translation };
  }
  return undefined;
}
