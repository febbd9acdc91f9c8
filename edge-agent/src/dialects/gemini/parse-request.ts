import type { Endpoint, RequestReading } from '../dialect.ts';
import { readTopLevel } from '../json/read-top-level.ts';
import { firstLimit, malformed } from '../read-facts.ts';

/** Model and stream stand in the path. Google reads both spellings of a field name. */
const configs = ['generationConfig', 'generation_config'];
const limits = ['maxOutputTokens', 'max_output_tokens'];

export function parseRequest(endpoint: Endpoint, body: Buffer): RequestReading {
  const model = endpoint.modelInPath;
  if (model === null || model.trim() === '') return malformed('The path needs a model: /v1beta/models/{model}:generateContent.');
  if (model.length > 200) return malformed('The model in the path is longer than 200 characters.');
  const top = readTopLevel(body, 0, body.length, configs);
  if (!top.ok) return malformed(`The body ${top.problem}.`);
  const facts = { model, stream: endpoint.streamInPath ?? false };
  const config = top.values.get('generationConfig') ?? top.values.get('generation_config');
  const inner = config ? readTopLevel(body, config.start, config.end, limits) : undefined;
  return { ok: true, facts: { ...facts, maxOutputTokens: inner?.ok ? firstLimit(body, limits, inner.values) : null } };
}
