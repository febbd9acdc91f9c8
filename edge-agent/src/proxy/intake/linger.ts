import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RefusalCode } from '@aicarpool/shared-protocol';

const lingerMs = 10_000;
const lingerBytes = 64 * 1024 * 1024;
const smallRestBytes = 256 * 1024;

/** Does the connection end with this refusal? A rest of the body is still to come that is not worth reading for its sake. */
export function closesAfter(request: IncomingMessage, code: RefusalCode): boolean {
  if (request.complete) return false;
  if (code === 'body_too_slow') return true;
  if (request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > smallRestBytes;
}

/** Ends a refusal, whatever of its request is still arriving; none arrives for longer than a moment. */
export function endRefusal(request: IncomingMessage, response: ServerResponse, body: Buffer | string, closes: boolean): void {
  if (closes) {
    response.write(body);
    endAfterRest(request, response);
    return;
  }
  response.end(body);
  if (!request.complete) endWithoutRest(request);
}

/** A short rest that does not come takes the connection with it. */
function endWithoutRest(request: IncomingMessage): void {
  const { socket } = request;
  const timer = setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, lingerMs).unref();
  request.once('end', () => clearTimeout(timer));
  request.resume();
}

/**
 * Ends an answer that was written while its request was still arriving. Closing at once would reset the connection
 * and the caller, busy sending, would never read the answer; so the rest is read and thrown away first, within bounds.
 */
function endAfterRest(request: IncomingMessage, response: ServerResponse): void {
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
