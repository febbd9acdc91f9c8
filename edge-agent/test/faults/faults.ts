import {
  breaksAfter,
  failsTls,
  gzipped,
  gzippedError,
  hasNoName,
  limitsInItsOwnWay,
  type MakeProvider,
  neverAnswers,
  refuses,
  says,
  saysBody,
  streams,
} from './providers.ts';

/** One way for a provider to fail. `stream`: of a request for a stream. */
export interface Fault {
  readonly name: string;
  readonly provider: MakeProvider;
  readonly stream?: true;
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n';
const html = { 'content-type': 'text/html' };
const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
const limited = (headers: Record<string, string> = {}) => says(429, 'rate_limit', headers);

export const faults: readonly Fault[] = [
  { name: '401', provider: says(401, 'authentication') },
  { name: '402', provider: says(402, 'billing') },
  { name: '403', provider: says(403, 'permission') },
  { name: '404', provider: says(404, 'not_found') },
  { name: '408', provider: says(408, 'timeout') },
  { name: '409', provider: says(409, 'conflict') },
  { name: '413', provider: says(413, 'too_large') },
  { name: '422', provider: says(422, 'invalid') },
  { name: '429 bare', provider: limited() },
  { name: '429 Retry-After: 30', provider: limited({ 'retry-after': '30' }) },
  { name: '429 Retry-After: a date', provider: (speech) => limited({ 'retry-after': inAnHour() })(speech) },
  { name: '429 retry-after-ms: 2950', provider: limited({ 'retry-after-ms': '2950' }) },
  { name: '429 Retry-After: absurd', provider: limited({ 'retry-after': '99999999999' }) },
  { name: '429 30 s in words of its own', provider: limitsInItsOwnWay },
  { name: '429 quota used up, gzip', provider: gzippedError },
  { name: '500', provider: says(500, 'internal') },
  { name: '500 x-should-retry: false', provider: says(500, 'internal', { 'x-should-retry': 'false' }) },
  { name: '400 x-should-retry: true', provider: says(400, 'invalid', { 'x-should-retry': 'true' }) },
  { name: '502', provider: saysBody(502, () => '<html>bad gateway</html>', html) },
  { name: '503', provider: says(503, 'overloaded') },
  { name: '503 Retry-After: 20', provider: says(503, 'overloaded', { 'retry-after': '20' }) },
  { name: '504', provider: says(504, 'timeout') },
  { name: '529', provider: says(529, 'overloaded') },
  { name: 'name not found', provider: hasNoName },
  { name: 'connection refused', provider: refuses },
  { name: 'TLS failure', provider: failsTls },
  { name: 'no answer in time', provider: neverAnswers },
  { name: 'reset before status', provider: breaksAfter(() => []) },
  { name: 'reset after headers', provider: breaksAfter(() => [head]), stream: true },
  { name: 'reset before content', provider: streams(({ start }) => [start], 'destroy'), stream: true },
  { name: 'reset between events', provider: streams(({ start, hello }) => [start, hello], 'destroy'), stream: true },
  { name: 'reset mid-event', provider: streams(({ start, hello, half }) => [start, hello, half], 'destroy'), stream: true },
  {
    name: 'reset mid-UTF-8',
    provider: breaksAfter(({ start, hello, midCharacter }) => [head, start + hello, midCharacter]),
    stream: true,
  },
  { name: '200, then error event', provider: streams((say) => [say.errorEvent(503, 'overloaded')], 'end'), stream: true },
  {
    name: '200, start, then error event',
    provider: streams((say) => [say.start, say.errorEvent(503, 'overloaded')], 'end'),
    stream: true,
  },
  { name: "200, then caller's error event", provider: streams((say) => [say.errorEvent(400, 'invalid')], 'end'), stream: true },
  {
    name: '200, text, then error event',
    provider: streams((say) => [say.start, say.hello, say.errorEvent(503, 'overloaded')], 'end'),
    stream: true,
  },
  { name: '200 with JSON error', provider: saysBody(200, (say) => say.error(503, 'overloaded')) },
  { name: '200 with HTML', provider: saysBody(200, () => '<html>portal</html>', html) },
  { name: '200, empty stream', provider: streams(() => [], 'end'), stream: true },
  { name: 'usage missing', provider: saysBody(200, ({ uncounted }) => uncounted) },
  { name: 'usage zero', provider: saysBody(200, ({ countedZero }) => countedZero) },
  {
    name: 'stream without final usage',
    provider: streams(({ start, hello, endUncounted }) => [start, hello, endUncounted], 'end'),
    stream: true,
  },
  { name: 'stream ends early', provider: streams(({ start, hello }) => [start, hello], 'end'), stream: true },
  { name: 'stalled stream', provider: streams(({ start, hello }) => [start, hello], 'stall'), stream: true },
  { name: 'gzip', provider: gzipped, stream: true },
  { name: 'none', provider: streams(({ start, hello, end }) => [start, hello, end], 'end'), stream: true },
];
