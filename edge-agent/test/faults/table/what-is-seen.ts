import { gunzipSync } from 'node:zlib';
import type { Dialect } from '@aicarpool/shared-protocol';
import type { Reply } from '../../ask.ts';

type Document = Readonly<Record<string, unknown>>;

/** The word by which a client of this API tells errors apart; undefined: not an error in the shape of this API. */
const errorWords: Readonly<Record<Dialect, (document: Document) => string | undefined>> = {
  'anthropic-messages': (document) =>
    document['type'] === 'error' && isText(record(document['error'])['message'])
      ? text(record(document['error'])['type'])
      : undefined,
  'openai-chat': openAiWord,
  'openai-responses': (document) => {
    if (document['type'] === 'error') return undefined;
    if (document['type'] === 'response.failed') return text(record(record(document['response'])['error'])['code']);
    return openAiWord(document);
  },
  gemini: (document) => {
    const error = record(document['error']);
    return typeof error['code'] === 'number' && isText(error['message']) ? text(error['status']) : undefined;
  },
};

/** Codex shows a message only where the code is not null; SDKs look at either. */
function openAiWord(document: Document): string | undefined {
  const error = record(document['error']);
  if (!isText(error['message']) || !isText(error['type'])) return undefined;
  return text(error['code']) ?? `(${error['type']})`;
}

const ends: Readonly<Record<Dialect, string>> = {
  'anthropic-messages': '"type":"message_stop"',
  'openai-chat': 'data: [DONE]',
  'openai-responses': '"type":"response.completed"',
  gemini: '"finishReason":"STOP"',
};

/** `200 hello, end`, `429 rate_limit_error retry-after=30`, `200 hello, then api_error`; `(broken)`: the connection breaks. */
export function whatIsSeen(dialect: Dialect, reply: Reply): string {
  const isPacked = reply.headers['content-encoding'] === 'gzip' && reply.body.length > 0;
  const body = (isPacked ? gunzipSync(reply.body) : reply.body).toString();
  const isStream = String(reply.headers['content-type']).startsWith('text/event-stream');
  const said = isStream ? readStream(dialect, body) : readBody(dialect, body);
  const wait = reply.headers['retry-after'];
  const should = reply.headers['x-should-retry'];
  const [, inBody] = /"retryDelay":"(\d+)s"/.exec(body) ?? [];
  return [
    reply.status,
    reply.complete ? said : `${said} (broken)`,
    wait === undefined ? '' : `retry-after=${about(Number(wait))}`,
    inBody === undefined ? '' : `RetryInfo=${about(Number(inBody))}`,
    should === undefined ? '' : `should-retry=${should}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function readBody(dialect: Dialect, body: string): string {
  if (body.includes('<html')) return 'html';
  const document = parse(body);
  if (!document) return 'no JSON';
  const word = errorWords[dialect](document);
  if (word !== undefined) return word;
  if ('error' in document && document['error'] !== null) return 'an error of another shape';
  return body.includes('hello') ? 'hello' : 'nothing';
}

function readStream(dialect: Dialect, body: string): string {
  const events = body.split(/\r?\n\r?\n/).flatMap((frame) => {
    const data = /^data: (\{.*\})$/m.exec(frame)?.[1];
    return data === undefined ? [] : [parse(data) ?? {}];
  });
  const words = events.flatMap((one) => errorWords[dialect](one) ?? []);
  const heard = body.includes('hello') ? 'hello' : 'nothing';
  if (words.length > 1) return `${heard}, then ${words.length} errors`;
  const [word] = words;
  const isEnded = body.includes(ends[dialect]);
  if (word === undefined) return isEnded ? `${heard}, end` : `${heard}, no end`;
  return `${heard}, then ${word}${isEnded ? ' and an end' : ''}`;
}

function parse(json: string): Document | undefined {
  try {
    return record(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Document {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function text(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

/** Google's day ends at midnight in California; UTC-8 is at most an hour late. */
function secondsToMidnight(): number {
  const daySeconds = 86_400;
  return daySeconds - ((Math.floor(Date.now() / 1_000) - 8 * 3_600) % daySeconds);
}

/** Some of the wait is over by the time it is told. */
function about(seconds: number): number | 'midnight' {
  if (seconds !== 86_400 && Math.abs(seconds - secondsToMidnight()) < 30) return 'midnight';
  if (seconds > 600) return Math.round(seconds / 60) * 60;
  return seconds > 5 ? Math.ceil(seconds / 5) * 5 : seconds;
}
