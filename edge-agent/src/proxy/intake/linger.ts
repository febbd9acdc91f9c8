import type { IncomingMessage, ServerResponse } from 'node:http';

const lingerMs = 10_000;
const lingerBytes = 64 * 1024 * 1024;
const smallRestBytes = 256 * 1024;

/** True when a rest of the body is still to come that is not worth reading for the sake of the connection. */
export function hasLongRest(request: IncomingMessage): boolean {
  if (request.complete) return false;
  if (request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > smallRestBytes;
}

/**
 * Ends an answer that was written while its request was still arriving. Closing at once would reset the connection
 * and the caller, busy sending, would never read the answer; so the rest is read and thrown away first, within bounds.
 */
export function endAfterRest(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  const finish = () => {
    clearTimeout(timer);
    if (!response.writableEnded) response.end();
  };
  const timer = setTimeout(finish, lingerMs);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
