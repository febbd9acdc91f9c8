import type { RequestTranslation, TranslatedRequest } from '../translation.ts';
import { NotTranslatable } from './turns.ts';

/** The door of a pair: what cannot be expressed leaves as a refusal, never as an exception. */
export function translateOrRefuse(translate: () => TranslatedRequest): RequestTranslation {
  try {
    return { ok: true, request: translate() };
  } catch (error) {
    if (error instanceof NotTranslatable) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
