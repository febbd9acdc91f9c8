import type { IncomingHttpHeaders } from 'node:http';
import { headerGate } from './header-rules.ts';

/** What a caller may learn from the provider. Account and organisation ids, its rate limits and cookies stay here. */
const passes = headerGate({
  exact: [
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-type',
    'request-id',
    'retry-after',
    'retry-after-ms',
    'x-models-etag',
    'x-request-id',
    'x-should-retry',
  ],
  prefixes: ['openai-', 'x-codex-', 'x-gemini-'],
  never: ['openai-organization', 'openai-project'],
  neverPrefixes: ['x-codex-credits-', 'x-codex-plan-'],
  neverSuffixes: ['-used-percent', '-window-minutes', '-reset-at', '-reset-after-seconds', '-limit-name'],
});

/** Headers for the caller as a flat list; `content-length` is the caller's to add, who knows whether the body is whole. */
export function callerHeaders(headers: IncomingHttpHeaders): string[] {
  const out: string[] = [];
  for (const rawName in headers) {
    const name = passes(rawName);
    const value = headers[rawName];
    if (name === undefined || value === undefined) continue;
    if (typeof value === 'string') out.push(name, value);
    else for (const one of value) out.push(name, one);
  }
  return out;
}

/** The provider's own name for the request, for support cases. */
export function upstreamRequestId(headers: IncomingHttpHeaders): string | null {
  const id = headers['request-id'] ?? headers['x-request-id'] ?? null;
  return typeof id === 'string' ? id.slice(0, 200) : null;
}

/** Who answered, for the caller, as a flat list. `model`: as the account was asked. */
export function servedHeaders(serviceId: string, model: string, substituted: boolean): string[] {
  const out = ['x-carpool-service', headerText(serviceId), 'x-carpool-model', headerText(model)];
  if (substituted) out.push('x-carpool-model-substituted', 'true');
  return out;
}

/** A model may be called anything; a header holds visible ASCII. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
