import type { Endpoint, RequestReading } from '../dialect.ts';
import { readFacts } from '../read-facts.ts';

const limits = ['max_output_tokens'];

export function parseRequest(_endpoint: Endpoint, body: Buffer): RequestReading {
  return readFacts(body, { limits, model: null, stream: null });
}
