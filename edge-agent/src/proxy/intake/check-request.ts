import type { IncomingMessage } from 'node:http';
import type { Refusal } from '@aicarpool/shared-protocol';

/**
 * What Node's parser lets through although two readers could read it differently. Undefined: nothing is wrong.
 * A second credential of another kind is fine; the same header twice is not.
 */
export function findRequestFault(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders } = request;
  let hosts = 0;
  let seen = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const bit = watched(rawHeaders[at] ?? '');
    if (bit === 0) continue;
    if (bit === hostBit) hosts += 1;
    else if (seen & bit) return { code: 'credentials_conflict', message: 'a credential header is there twice; send it once' };
    seen |= bit;
  }
  if (hosts > 1) return { code: 'body_malformed', message: 'more than one Host header' };
  if (request.httpVersionMinor === 0 && request.headers['transfer-encoding'] !== undefined) {
    return { code: 'body_malformed', message: 'HTTP/1.0 knows no Transfer-Encoding' };
  }
  if (!request.url?.startsWith('/')) return { code: 'endpoint_unknown', message: 'the request target must be a path' };
  return undefined;
}

const hostBit = 1;

function watched(rawName: string): number {
  switch (rawName.length) {
    case 4:
      return rawName.toLowerCase() === 'host' ? hostBit : 0;
    case 9:
      return rawName.toLowerCase() === 'x-api-key' ? 2 : 0;
    case 13:
      return rawName.toLowerCase() === 'authorization' ? 4 : 0;
    case 14:
      return rawName.toLowerCase() === 'x-goog-api-key' ? 8 : 0;
    default:
      return 0;
  }
}
