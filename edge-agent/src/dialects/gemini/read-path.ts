import type { Endpoint, Operation } from '../dialect.ts';
import { decodePart, type Target } from '../endpoint/read-target.ts';

const verbs = new Map<string, { operation: Operation; stream: boolean | null }>([
  ['generateContent', { operation: 'generate', stream: false }],
  ['streamGenerateContent', { operation: 'generate', stream: true }],
  ['countTokens', { operation: 'count_tokens', stream: null }],
  ['embedContent', { operation: 'embed', stream: null }],
  ['batchEmbedContents', { operation: 'embed', stream: null }],
]);

/**
 * `…/{version}/models/{model}:{verb}`, `…/tunedModels/…` and the long Vertex forms
 * (`…/publishers/google/models/…`), all brought to `/v1beta/models/{model}:{verb}`; `v1` is kept.
 */
export function readGeminiPath({ segments, search }: Target): Endpoint | undefined {
  const collection = segments.at(-2);
  const last = decodePart(segments.at(-1) ?? '');
  if ((collection !== 'models' && collection !== 'tunedModels') || last === undefined) return undefined;
  const colon = last.lastIndexOf(':');
  const verb = verbs.get(last.slice(colon + 1));
  if (colon < 1 || !verb) return undefined;
  const model = last.slice(0, colon);
  const version = segments.findLast((segment) => /^v\d/.test(segment)) === 'v1' ? 'v1' : 'v1beta';
  return {
    dialect: 'gemini',
    operation: verb.operation,
    nativePath: `/${version}/${collection}/${encodeURIComponent(model)}:${last.slice(colon + 1)}`,
    search,
    modelInPath: collection === 'tunedModels' ? `tunedModels/${model}` : model,
    streamInPath: verb.stream,
  };
}
