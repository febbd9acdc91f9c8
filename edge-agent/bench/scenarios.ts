import { testKey } from '../test/snapshot.ts';

export interface Scenario {
  readonly name: string;
  readonly target: string;
  readonly body: string;
  readonly connections: number;
}

const question = (text: string, fields: object = {}) =>
  JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1000, ...fields, messages: [{ role: 'user', content: text }] });
const streamed = { stream: true };

/** Connections enough that neither the node nor the bare forwarder waits for work: what is compared is what they can do. */
export const scenarios = {
  small: { name: 'small JSON', target: '/v1/messages', body: question('hello'), connections: 128 },
  body50: { name: '50 KB body', target: '/v1/messages', body: question('x'.repeat(50_000)), connections: 128 },
  body200: { name: '200 KB body', target: '/v1/messages', body: question('x'.repeat(200_000)), connections: 64 },
  sse50: {
    name: 'SSE, 50 KB body',
    target: '/v1/messages?stream',
    body: question('x'.repeat(50_000), streamed),
    connections: 64,
  },
  sse: { name: 'SSE, 29 writes', target: '/v1/messages?stream', body: question('hello', streamed), connections: 64 },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** The whole request, head and body, as it goes over the line. */
export function requestText({ target, body }: Scenario, port: number, more: Readonly<Record<string, string>> = {}): string {
  const head = [
    `POST ${target} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${testKey}`,
    'accept: application/json',
    'anthropic-version: 2023-06-01',
    'content-type: application/json',
    'user-agent: bench',
    'x-stainless-lang: js',
    ...Object.entries(more).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
