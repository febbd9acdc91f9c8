import type { RequestTranslation, TranslatedRequest } from '../translation.ts';
import { NotTranslatable } from './turns.ts';

/** A request, or the refusal that names what it cannot say. */
export function tryTranslation(translate: () => TranslatedRequest): RequestTranslation {
  try {
    return { ok: true, request: translate() };
  } catch (error) {
    if (error instanceof NotTranslatable) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
