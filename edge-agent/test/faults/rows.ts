import { anthropicAnswer, anthropicEnd, anthropicStart, anthropicText, event } from '../fake-upstream/fake-upstream.ts';
import {
  breaksAfter,
  failsTls,
  gzipped,
  gzippedError,
  hasNoName,
  type MakeProvider,
  neverAnswers,
  refuses,
  says,
  saysBody,
  streams,
} from './providers.ts';

export interface FaultRow {
  readonly fault: string;
  readonly provider: MakeProvider;
  readonly stream?: boolean;
  /** The only account of the group: what its caller sees, how often it was asked, what is booked. */
  readonly alone: readonly [sees: string, asked: number, booked: string];
  /** With a second account that is well: what the caller sees, how often the first was asked, what is booked. */
  readonly backed: readonly [sees: string, asked: number, booked: string];
}

const httpStream = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
const half = 'event: content_block_delta\ndata: {"type":"content_blo';
const midCharacter = Buffer.concat([
  Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"'),
  Buffer.from('€').subarray(0, 2),
]);
const overloaded = event('error', { error: { type: 'overloaded_error', message: 'busy' } });
const invalid = event('error', { error: { type: 'invalid_request_error', message: 'bad' } });
const noUsage = anthropicAnswer.replace(/,"usage":\{[^}]*\}/, '');
const zeroUsage = anthropicAnswer.replace(/"usage":\{[^}]*\}/, '"usage":{"input_tokens":0,"output_tokens":0}');
const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();

export const faultRows: readonly FaultRow[] = [
  {
    fault: '401',
    provider: says(401, 'authentication_error'),
    alone: ['401 authentication_error should-retry=false', 1, 'upstream_error/authentication_error 401 0+0'],
    backed: ['200 ok', 1, 'upstream_error/authentication_error 401 0+0; ok 200 25+15'],
  },
  {
    fault: '402',
    provider: says(402, 'billing_error'),
    alone: ['402 billing_error should-retry=false', 1, 'upstream_error/billing_error 402 0+0'],
    backed: ['200 ok', 1, 'upstream_error/billing_error 402 0+0; ok 200 25+15'],
  },
  {
    fault: '403',
    provider: says(403, 'permission_error'),
    alone: ['403 permission_error should-retry=false', 1, 'upstream_error/permission_error 403 0+0'],
    backed: ['200 ok', 1, 'upstream_error/permission_error 403 0+0; ok 200 25+15'],
  },
  {
    fault: '404',
    provider: says(404, 'not_found_error'),
    alone: ['404 not_found_error', 1, 'upstream_error/not_found_error 404 0+0'],
    backed: ['404 not_found_error', 1, 'upstream_error/not_found_error 404 0+0'],
  },
  {
    fault: '408',
    provider: says(408, 'timeout_error'),
    alone: [
      '408 timeout_error should-retry=false',
      3,
      'upstream_error/timeout_error 408 0+0; upstream_error/timeout_error 408 0+0; upstream_error/timeout_error 408 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/timeout_error 408 0+0; ok 200 25+15'],
  },
  {
    fault: '413',
    provider: says(413, 'request_too_large'),
    alone: ['413 request_too_large', 1, 'upstream_error/request_too_large 413 0+0'],
    backed: ['413 request_too_large', 1, 'upstream_error/request_too_large 413 0+0'],
  },
  {
    fault: '429 bare',
    provider: says(429, 'rate_limit_error'),
    alone: ['429 rate_limit_error retry-after=10', 1, 'upstream_error/rate_limit_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/rate_limit_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '429 Retry-After: 30',
    provider: says(429, 'rate_limit_error', { 'retry-after': '30' }),
    alone: ['429 rate_limit_error retry-after=30', 1, 'upstream_error/rate_limit_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/rate_limit_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '429 Retry-After: a date',
    provider: async () => says(429, 'rate_limit_error', { 'retry-after': inAnHour() })(),
    alone: ['429 rate_limit_error retry-after=3600', 1, 'upstream_error/rate_limit_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/rate_limit_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '429 retry-after-ms: 2500',
    provider: says(429, 'rate_limit_error', { 'retry-after-ms': '2500' }),
    alone: ['429 rate_limit_error retry-after=3', 1, 'upstream_error/rate_limit_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/rate_limit_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '429 Retry-After: absurd',
    provider: says(429, 'rate_limit_error', { 'retry-after': '99999999999' }),
    alone: ['429 rate_limit_error retry-after=86400', 1, 'upstream_error/rate_limit_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/rate_limit_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '429 quota used up, gzip',
    provider: gzippedError,
    alone: ['429 billing_error retry-after=300', 1, 'upstream_error/billing_error 429 0+0'],
    backed: ['200 ok', 1, 'upstream_error/billing_error 429 0+0; ok 200 25+15'],
  },
  {
    fault: '500',
    provider: says(500, 'api_error'),
    alone: ['500 api_error should-retry=false', 2, 'upstream_error/api_error 500 0+0; upstream_error/api_error 500 0+0'],
    backed: ['200 ok', 1, 'upstream_error/api_error 500 0+0; ok 200 25+15'],
  },
  {
    fault: '500 x-should-retry: false',
    provider: says(500, 'api_error', { 'x-should-retry': 'false' }),
    alone: ['500 api_error should-retry=false', 1, 'upstream_error/api_error 500 0+0'],
    backed: ['500 api_error should-retry=false', 1, 'upstream_error/api_error 500 0+0'],
  },
  {
    fault: '400 x-should-retry: true',
    provider: says(400, 'invalid_request_error', { 'x-should-retry': 'true' }),
    alone: [
      '400 invalid_request_error should-retry=false',
      3,
      'upstream_error/invalid_request_error 400 0+0; upstream_error/invalid_request_error 400 0+0; upstream_error/invalid_request_error 400 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/invalid_request_error 400 0+0; ok 200 25+15'],
  },
  {
    fault: '502',
    provider: saysBody(502, '<html>bad gateway</html>', { 'content-type': 'text/html' }),
    alone: ['502 html should-retry=false', 2, 'upstream_error/http_502 502 0+0; upstream_error/http_502 502 0+0'],
    backed: ['200 ok', 1, 'upstream_error/http_502 502 0+0; ok 200 25+15'],
  },
  {
    fault: '503',
    provider: says(503, 'api_error'),
    alone: [
      '503 api_error should-retry=false',
      3,
      'upstream_error/api_error 503 0+0; upstream_error/api_error 503 0+0; upstream_error/api_error 503 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/api_error 503 0+0; ok 200 25+15'],
  },
  {
    fault: '503 Retry-After: 20',
    provider: says(503, 'api_error', { 'retry-after': '20' }),
    alone: ['503 api_error retry-after=20', 1, 'upstream_error/api_error 503 0+0'],
    backed: ['200 ok', 1, 'upstream_error/api_error 503 0+0; ok 200 25+15'],
  },
  {
    fault: '504',
    provider: says(504, 'timeout_error'),
    alone: [
      '504 timeout_error should-retry=false',
      2,
      'upstream_error/timeout_error 504 0+0; upstream_error/timeout_error 504 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/timeout_error 504 0+0; ok 200 25+15'],
  },
  {
    fault: '529',
    provider: says(529, 'overloaded_error'),
    alone: [
      '529 overloaded_error should-retry=false',
      3,
      'upstream_error/overloaded_error 529 0+0; upstream_error/overloaded_error 529 0+0; upstream_error/overloaded_error 529 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/overloaded_error 529 0+0; ok 200 25+15'],
  },
  {
    fault: 'name not found',
    provider: hasNoName,
    alone: ['502 api_error', 0, 'upstream_error/dns - 0+0'],
    backed: ['200 ok', 0, 'upstream_error/dns - 0+0; ok 200 25+15'],
  },
  {
    fault: 'connection refused',
    provider: refuses,
    alone: ['502 api_error', 0, 'upstream_error/connection_refused - 0+0'],
    backed: ['200 ok', 0, 'upstream_error/connection_refused - 0+0; ok 200 25+15'],
  },
  {
    fault: 'TLS failure',
    provider: failsTls,
    alone: ['502 api_error', 0, 'upstream_error/tls - 0+0'],
    backed: ['200 ok', 0, 'upstream_error/tls - 0+0; ok 200 25+15'],
  },
  {
    fault: 'no answer in time',
    provider: neverAnswers,
    alone: ['504 timeout_error', 1, 'timeout/upstream_timeout - 23+0~'],
    backed: ['504 timeout_error', 1, 'timeout/upstream_timeout - 23+0~'],
  },
  {
    fault: 'reset before status',
    provider: breaksAfter(),
    alone: ['502 api_error', 1, 'upstream_error/upstream_reset - 23+0~'],
    backed: ['502 api_error', 1, 'upstream_error/upstream_reset - 23+0~'],
  },
  {
    fault: 'reset after headers',
    provider: breaksAfter(`${httpStream.replace('connection: close', 'content-length: 999')}`),
    stream: true,
    alone: [
      '502 api_error should-retry=false',
      2,
      'stream_broken/upstream_reset 200 26+0~; stream_broken/upstream_reset 200 26+0~',
    ],
    backed: ['200 ok', 1, 'stream_broken/upstream_reset 200 26+0~; ok 200 25+15'],
  },
  {
    fault: 'reset after message_start',
    provider: streams([anthropicStart(25)], 'destroy'),
    stream: true,
    alone: [
      '502 api_error should-retry=false',
      2,
      'stream_broken/upstream_reset 200 25+1~; stream_broken/upstream_reset 200 25+1~',
    ],
    backed: ['200 ok', 1, 'stream_broken/upstream_reset 200 25+1~; ok 200 25+15'],
  },
  {
    fault: 'reset between events',
    provider: streams([anthropicStart(25), anthropicText('hello')], 'destroy'),
    stream: true,
    alone: ['200 hello, then api_error', 1, 'stream_broken/upstream_reset 200 25+2~'],
    backed: ['200 hello, then api_error', 1, 'stream_broken/upstream_reset 200 25+2~'],
  },
  {
    fault: 'reset mid-event',
    provider: streams([anthropicStart(25), anthropicText('hello'), half], 'destroy'),
    stream: true,
    alone: ['200 ok (broken)', 1, 'stream_broken/upstream_reset 200 25+2~'],
    backed: ['200 ok (broken)', 1, 'stream_broken/upstream_reset 200 25+2~'],
  },
  {
    fault: 'reset mid-UTF-8',
    provider: breaksAfter(
      httpStream.replace('connection: close', 'content-length: 9999'),
      anthropicStart(25) + anthropicText('hello'),
      midCharacter,
    ),
    stream: true,
    alone: ['200 ok (broken)', 1, 'stream_broken/upstream_reset 200 25+2~'],
    backed: ['200 ok (broken)', 1, 'stream_broken/upstream_reset 200 25+2~'],
  },
  {
    fault: '200, then error event',
    provider: streams([overloaded], 'end'),
    stream: true,
    alone: [
      '200 overloaded_error should-retry=false',
      3,
      'upstream_error/overloaded_error 200 0+0; upstream_error/overloaded_error 200 0+0; upstream_error/overloaded_error 200 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/overloaded_error 200 0+0; ok 200 25+15'],
  },
  {
    fault: '200, start, then error event',
    provider: streams([anthropicStart(25), overloaded], 'end'),
    stream: true,
    alone: [
      '200 overloaded_error should-retry=false',
      3,
      'upstream_error/overloaded_error 200 25+1~; upstream_error/overloaded_error 200 25+1~; upstream_error/overloaded_error 200 25+1~',
    ],
    backed: ['200 ok', 1, 'upstream_error/overloaded_error 200 25+1~; ok 200 25+15'],
  },
  {
    fault: "200, then caller's error event",
    provider: streams([invalid], 'end'),
    stream: true,
    alone: ['200 invalid_request_error', 1, 'upstream_error/invalid_request_error 200 0+0'],
    backed: ['200 invalid_request_error', 1, 'upstream_error/invalid_request_error 200 0+0'],
  },
  {
    fault: '200, text, then error event',
    provider: streams([anthropicStart(25), anthropicText('hello'), overloaded], 'end'),
    stream: true,
    alone: ['200 hello, then overloaded_error', 1, 'upstream_error/overloaded_error 200 25+2~'],
    backed: ['200 hello, then overloaded_error', 1, 'upstream_error/overloaded_error 200 25+2~'],
  },
  {
    fault: '200 with JSON error',
    provider: saysBody(200, JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } })),
    alone: [
      '200 overloaded_error should-retry=false',
      3,
      'upstream_error/overloaded_error 200 0+0; upstream_error/overloaded_error 200 0+0; upstream_error/overloaded_error 200 0+0',
    ],
    backed: ['200 ok', 1, 'upstream_error/overloaded_error 200 0+0; ok 200 25+15'],
  },
  {
    fault: '200 with HTML',
    provider: saysBody(200, '<html>portal</html>', { 'content-type': 'text/html' }),
    alone: [
      '502 api_error should-retry=false',
      2,
      'upstream_error/upstream_rubbish 200 23+0~; upstream_error/upstream_rubbish 200 23+0~',
    ],
    backed: ['200 ok', 1, 'upstream_error/upstream_rubbish 200 23+0~; ok 200 25+15'],
  },
  {
    fault: '200, empty stream',
    provider: streams([], 'end'),
    stream: true,
    alone: [
      '502 api_error should-retry=false',
      2,
      'upstream_error/upstream_rubbish 200 26+0~; upstream_error/upstream_rubbish 200 26+0~',
    ],
    backed: ['200 ok', 1, 'upstream_error/upstream_rubbish 200 26+0~; ok 200 25+15'],
  },
  {
    fault: 'usage missing',
    provider: saysBody(200, noUsage),
    alone: ['200 ok', 1, 'ok 200 23+2~'],
    backed: ['200 ok', 1, 'ok 200 23+2~'],
  },
  {
    fault: 'usage zero',
    provider: saysBody(200, zeroUsage),
    alone: ['200 ok', 1, 'ok 200 0+0'],
    backed: ['200 ok', 1, 'ok 200 0+0'],
  },
  {
    fault: 'stream without final usage',
    provider: streams([anthropicStart(25), anthropicText('hello'), event('message_stop')], 'end'),
    stream: true,
    alone: ['200 ok', 1, 'ok 200 25+2~'],
    backed: ['200 ok', 1, 'ok 200 25+2~'],
  },
  {
    fault: 'stream ends early',
    provider: streams([anthropicStart(25), anthropicText('hello')], 'end'),
    stream: true,
    alone: ['200 ok', 1, 'stream_broken/no_end 200 25+2~'],
    backed: ['200 ok', 1, 'stream_broken/no_end 200 25+2~'],
  },
  {
    fault: 'stalled stream',
    provider: streams([anthropicStart(25), anthropicText('hello')], 'stall'),
    stream: true,
    alone: ['200 hello, then timeout_error', 1, 'timeout/upstream_timeout 200 25+2~'],
    backed: ['200 hello, then timeout_error', 1, 'timeout/upstream_timeout 200 25+2~'],
  },
  { fault: 'gzip', provider: gzipped, stream: true, alone: ['200 ok', 1, 'ok 200 25+15'], backed: ['200 ok', 1, 'ok 200 25+15'] },
  {
    fault: 'none',
    provider: streams([anthropicStart(25), anthropicText('hello'), anthropicEnd(15)], 'end'),
    stream: true,
    alone: ['200 ok', 1, 'ok 200 25+15'],
    backed: ['200 ok', 1, 'ok 200 25+15'],
  },
];
