import { EventStreamCodec } from '@smithy/core/event-streams';
import { writeEvent } from '../../../dialects/sse/write-event.ts';
import type { Unwrap } from '../vendor.ts';

const largestMessage = 16 * 1024 * 1024;
const smallestMessage = 16;

/**
 * AWS event stream in, the server-sent events of the Messages API out. Each message holds one event in base64; an
 * exception becomes an `error` event. What cannot be read ends the stream there, which the meter sees as a break.
 */
export function unwrapEventStream(): Unwrap {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString('utf8'),
    (text) => Buffer.from(text),
  );
  let held: Buffer = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    if (broken) return Buffer.alloc(0);
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let out = '';
    let at = 0;
    while (held.length - at >= smallestMessage) {
      const length = held.readUInt32BE(at);
      if (length < smallestMessage || length > largestMessage) {
        broken = true;
        break;
      }
      if (held.length - at < length) break;
      const event = readMessage(codec, held.subarray(at, at + length));
      if (event === undefined) broken = true;
      if (broken) break;
      out += event ?? '';
      at += length;
    }
    held = broken ? Buffer.alloc(0) : held.subarray(at);
    return Buffer.from(out);
  };
}

function readMessage(codec: EventStreamCodec, bytes: Buffer): string | undefined {
  try {
    const { headers, body } = codec.decode(bytes);
    const text = Buffer.from(body).toString('utf8');
    if (headers[':message-type']?.value !== 'event') return errorEvent(String(headers[':exception-type']?.value ?? ''), text);
    const payload: unknown = JSON.parse(text);
    const inner = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'bytes') : undefined;
    if (typeof inner !== 'string') return '';
    const json = Buffer.from(inner, 'base64').toString('utf8');
    const event: unknown = JSON.parse(json);
    const type = typeof event === 'object' && event !== null ? Reflect.get(event, 'type') : undefined;
    return writeEvent(json, typeof type === 'string' ? type : 'message');
  } catch {
    return undefined;
  }
}

const types: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error',
  validationException: 'invalid_request_error',
  modelTimeoutException: 'timeout_error',
  serviceUnavailableException: 'overloaded_error',
};

function errorEvent(exception: string, text: string): string {
  let message = exception;
  try {
    const body: unknown = JSON.parse(text);
    const said = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : undefined;
    if (typeof said === 'string') message = said;
  } catch {
    message = exception;
  }
  const type = types[exception] ?? 'api_error';
  return writeEvent(JSON.stringify({ type: 'error', error: { type, message } }), 'error');
}
