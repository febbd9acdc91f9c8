import type { Dialect } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../../dialects/index.ts';
import type { RequestToTranslate, RequestTranslation, TranslatedRequest } from '../translation.ts';
import { formatNames } from './targets.ts';
import { NotTranslatable } from './turns.ts';

/** The door of a pair: a request for `target`, or the refusal that names what it cannot say. */
export function tryTranslation(
  input: RequestToTranslate,
  target: Dialect,
  translate: (input: RequestToTranslate) => TranslatedRequest,
): RequestTranslation {
  try {
    checkOperation(input.endpoint, target);
    return { ok: true, request: translate(input) };
  } catch (error) {
    if (error instanceof NotTranslatable) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

function checkOperation({ operation, nativePath }: Endpoint, target: Dialect): void {
  const format = formatNames[target];
  if (nativePath.endsWith('/compact')) {
    throw new NotTranslatable(
      'Compacting a conversation',
      format,
      'Let the client sum it up, or use a service that speaks OpenAI Responses.',
    );
  }
  const isCount = operation === 'count_tokens';
  if (isCount && target === 'openai-chat') {
    throw new NotTranslatable('Counting tokens', format, 'Estimate them, or use a service that can count.');
  }
  if (operation === 'generate' || isCount) return;
  throw new NotTranslatable('An embedding', format, 'Use a service that speaks the format of the request.');
}
