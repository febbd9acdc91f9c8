import type { Endpoint } from '../dialect.ts';
import { readEndpoint } from '../endpoint/read-endpoint.ts';

export function endpointOf(method: string, target: string, headers: Record<string, string> = {}): Endpoint {
  const reading = readEndpoint(method, target, headers);
  if (!reading.ok) throw new Error(`${target}: ${reading.refusal.message}`);
  return reading.endpoint;
}
