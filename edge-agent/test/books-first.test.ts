import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { dialects } from '@aicarpool/shared-protocol';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { ask, until } from './ask.ts';
import { type Answer, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { pause, streamHead } from './faults/providers.ts';
import { speeches } from './faults/speech/speeches.ts';
import { type Lane, lanes, questions } from './faults/table/lanes.ts';
import { heldBooks } from './held-ledger.ts';
import { testKey } from './snapshot.ts';
import { type NodeInput, startNode } from './start-node.ts';

/** A way for an answer to leave. What comes before `secret` may be heard early; `secret` itself, or the end, may not. */
interface WayOut {
  readonly name: string;
  readonly answer: Answer;
  readonly secret: string | RegExp;
  readonly question: { readonly path: string; readonly body: string };
  readonly node?: Partial<NodeInput>;
  /** Nothing of it may be heard early, its status neither. */
  readonly isSilent?: boolean;
}

const ends = {
  'anthropic-messages': 'message_stop',
  'openai-chat': '[DONE]',
  'openai-responses': 'response.completed',
  gemini: 'STOP',
} as const;

const streaming =
  (text: string | Buffer, last: 'end' | 'destroy' | 'stay' = 'end', head: object = streamHead): Answer =>
  async (_seen, response) => {
    response.writeHead(200, { ...head });
    response.write(text);
    await pause(20);
    if (last === 'stay') await pause(600);
    if (last === 'destroy') response.destroy();
    else response.end();
  };
const inPieces =
  (...parts: readonly (string | Buffer)[]): Answer =>
  async (_seen, response) => {
    response.writeHead(200, streamHead);
    for (const part of parts) {
      response.write(part);
      await pause(20);
    }
    response.end();
  };

const nameOf = ({ caller, provider }: Lane) => (caller === provider ? caller : `${caller} from ${provider}`);
const speaking = ({ provider }: Lane) => ({ service: { pathPrefix: new Map([[provider, '']]) } });

const wholeAnswers = lanes.flatMap((lane): WayOut[] => {
  const speech = speeches[lane.provider];
  const { start, hello, end } = speech;
  const common = { node: speaking(lane), secret: ends[lane.caller] };
  const stream = { ...common, question: questions[lane.caller](true) };
  const body = { ...common, question: questions[lane.caller](false), isSilent: true };
  return [
    { ...stream, name: `a stream of ${nameOf(lane)}`, answer: inPieces(start + hello, end) },
    { ...stream, name: `a stream of ${nameOf(lane)} in one write`, answer: inPieces(start + hello + end) },
    { ...stream, name: `a stream of ${nameOf(lane)} that stays open`, answer: streaming(start + hello + end, 'stay') },
    { ...stream, name: `a stream of ${nameOf(lane)}, packed`, answer: packed(start + hello, end) },
    { ...body, name: `a body of ${nameOf(lane)}`, answer: (_seen, response) => json(response, 200, speech.answer) },
    {
      ...body,
      name: `a body of ${nameOf(lane)} of unknown length`,
      isSilent: false,
      secret: speech.answer.slice(-12),
      answer: unmeasured(speech.answer),
    },
    {
      ...body,
      name: `an error for ${nameOf(lane)}`,
      answer: (_seen, response) => json(response, 404, speech.error(404, 'not_found')),
    },
    {
      ...stream,
      name: `an error in place of a stream for ${nameOf(lane)}`,
      isSilent: true,
      answer: inPieces(speech.errorEvent(400, 'invalid')),
    },
    {
      ...stream,
      name: `an error in the middle of a stream of ${nameOf(lane)}`,
      secret: /overloaded|UNAVAILABLE|server_error/,
      answer: inPieces(start + hello, speech.errorEvent(503, 'overloaded')),
    },
    {
      ...stream,
      name: `what the node says when a stream of ${nameOf(lane)} breaks`,
      secret: /api_error|upstream_unreachable|UNAVAILABLE|server_error/,
      answer: streaming(start + hello, 'destroy'),
    },
  ];
});

function packed(...parts: readonly string[]): Answer {
  const members = parts.map((part) => gzipSync(part));
  return async (_seen, response) => {
    response.writeHead(200, { ...streamHead, 'content-encoding': 'gzip' });
    for (const member of members) {
      response.write(member);
      await pause(30);
    }
    response.end();
  };
}

/** What a caller can read of it by now. */
function readable(heard: Buffer): string {
  const isPacked = heard[0] === 0x1f && heard[1] === 0x8b;
  return (isPacked ? gunzipSync(heard, { finishFlush: constants.Z_SYNC_FLUSH }) : heard).toString();
}

/** Not a caller of ours sees the last chunk of it, by which he knows that he has it all. */
function unmeasured(text: string): Answer {
  return async (_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(text.slice(0, -12));
    await pause(20);
    response.end(text.slice(-12));
  };
}

const chat = speeches['openai-chat'];
const withoutUsage = {
  path: '/v1/chat/completions',
  body: questions['openai-chat'](true).body.replace(/,"stream_options":\{[^}]*\}/, ''),
};
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
);
const inFrame = (data: string) =>
  codec.encode({
    headers: { ':message-type': { type: 'string', value: 'event' }, ':event-type': { type: 'string', value: 'chunk' } },
    body: Buffer.from(JSON.stringify({ bytes: Buffer.from(data).toString('base64') })),
  });
const frames = (stream: string) => Buffer.concat([...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => inFrame(data)));
const anthropic = speeches['anthropic-messages'];
const ofBedrock = {
  service: { vendor: 'bedrock' },
  upstream: { secret: () => JSON.stringify({ access_key_id: 'AKID', secret_access_key: 'secret' }) },
};

const page = 'word '.repeat(40_000);
const longAnswer = anthropic.answer.replace('hello', page + page);

const otherWays: readonly WayOut[] = [
  {
    name: 'a body of unknown length that is too long to be kept',
    question: questions['anthropic-messages'](false),
    answer: unmeasured(longAnswer),
    secret: ':15}}',
  },
  {
    name: 'a stream that usage is taken out of',
    node: { service: { usageInStreams: true } },
    question: withoutUsage,
    answer: inPieces(chat.start + chat.hello, chat.end),
    secret: '[DONE]',
  },
  {
    name: 'a stream that is unwrapped',
    node: ofBedrock,
    question: questions['anthropic-messages'](true),
    answer: inPieces(frames(anthropic.start + anthropic.hello), frames(anthropic.end)),
    secret: 'message_stop',
  },
  {
    name: 'a body of a vendor that wraps its streams',
    node: ofBedrock,
    question: questions['anthropic-messages'](false),
    answer: (_seen, response) => json(response, 200, anthropic.answer),
    secret: 'end_turn',
    isSilent: true,
  },
  {
    name: 'what the node says of an account that does not answer',
    node: { upstreams: { headersTimeoutMs: 300 } },
    question: questions['anthropic-messages'](false),
    answer: () => undefined,
    secret: 'timeout_error',
    isSilent: true,
  },
  {
    name: 'what the node says of rubbish',
    question: questions['anthropic-messages'](false),
    answer: (_seen, response) => json(response, 200, '<html>', { 'content-type': 'text/html' }),
    secret: 'api_error',
    isSilent: true,
  },
  {
    name: 'a count of tokens',
    question: { path: '/v1/messages/count_tokens', body: questions['anthropic-messages'](false).body },
    answer: (_seen, response) => json(response, 200, '{"input_tokens":12}'),
    secret: 'input_tokens',
    isSilent: true,
  },
];

it.concurrent.for([...wholeAnswers, ...otherWays])(
  '$name does not end before it is in the books',
  { timeout: 30_000 },
  async ({ answer, question, secret, node: more, isSilent }, { expect }) => {
    const books = heldBooks();
    const upstream = await fakeUpstream(answer);
    const limits = { lateBytesMs: 50, attempts: 1 };
    const node = await startNode({ baseUrls: [upstream.url], limits, ...more, wrapLedger: books.wrapLedger });
    try {
      let heard: Buffer = Buffer.alloc(0);
      let isOver = false;
      const running = ask(node, {
        ...question,
        onData: (soFar) => {
          heard = soFar;
        },
      });
      void running.then(() => {
        isOver = true;
      });
      await until(() => books.asked() > 0);
      await pause(120);
      expect([books.asked(), node.rows.length, isOver]).toEqual([1, 0, false]);
      if (isSilent) expect(heard).toHaveLength(0);
      expect(readable(heard)).not.toMatch(asPattern(secret));
      books.letGo();
      if (question.body.includes('"stream":true') && upstream.seen.length === 1) await until(() => node.rows.length === 1);
      else await running;
      expect(node.rows).toHaveLength(1);
    } finally {
      books.letGo();
      await node.close();
      await upstream.close();
    }
  },
);

function asPattern(secret: string | RegExp): RegExp {
  return typeof secret === 'string' ? new RegExp(secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : secret;
}

it.each(['openai-responses', 'anthropic-messages'] as const)(
  'the last frame of a WebSocket leaves only after the books (provider of %s)',
  async (provider) => {
    const { start, hello, end } = speeches[provider];
    const books = heldBooks();
    const upstream = await fakeUpstream(inPieces(start + hello, end));
    const service = { pathPrefix: new Map([[provider, '']]) };
    const node = await startNode({ baseUrls: [upstream.url], service, wrapLedger: books.wrapLedger });
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/v1/responses`, {
      headers: { authorization: `Bearer ${testKey}`, 'openai-beta': 'responses_websockets=2026-02-06' },
    });
    let heard = '';
    socket.on('message', (data) => {
      heard += data.toString();
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'response.create', model: 'claude-sonnet-4-5', input: 'hi', store: false }));
    await until(() => books.asked() > 0);
    await pause(120);
    expect([heard.includes('hello'), heard.includes('response.completed'), node.rows.length]).toEqual([true, false, 0]);
    books.letGo();
    await until(() => heard.includes('response.completed'));
    expect([heard.includes('response.completed'), node.rows.length]).toEqual([true, 1]);
    socket.terminate();
    await node.close();
    await upstream.close();
  },
);

it('knows the end of every API', () => {
  for (const dialect of dialects) expect(speeches[dialect].end).toContain(ends[dialect]);
});
