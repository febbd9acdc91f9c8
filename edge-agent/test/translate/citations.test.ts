import { type Dialect, dialects } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../../src/dialects/index.ts';
import { findTranslation } from '../../src/translate/table.ts';
import { framesOf, type Loose } from './canonical.ts';
import { recordedAnswers } from './recorded.ts';

const before = 'Grüße ☀😀. ';
const claim = 'Tokyo has 14 million.';
const after = ' Bye.';
const url = 'https://stats.example/tokyo';
const title = 'Statistics';

const events = (list: readonly Loose[]): string =>
  list.map((data) => `${data.type ? `event: ${data.type}\n` : ''}data: ${JSON.stringify(data)}\n\n`).join('');

const start_index = before.length;
const end_index = before.length + claim.length;
const annotation = { type: 'url_citation', url, title, start_index, end_index };
const chatAnnotation = { type: 'url_citation', url_citation: { url, title, start_index, end_index } };
const cited = { type: 'web_search_result_location', url, title, cited_text: '14 million', encrypted_index: 'x' };
const block = (index: number, text: string, citations: Loose[] = []) => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  ...citations.map((citation) => ({ type: 'content_block_delta', index, delta: { type: 'citations_delta', citation } })),
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text } },
  { type: 'content_block_stop', index },
];
const usage = { input_tokens: 3, output_tokens: 4 };
const bytes = (text: string) => Buffer.byteLength(text);
const groundingMetadata = {
  groundingChunks: [{ web: { uri: url, title } }],
  groundingSupports: [
    { segment: { startIndex: bytes(before), endIndex: bytes(before + claim), text: claim }, groundingChunkIndices: [0] },
  ],
};
const text = before + claim + after;
const chunk = (delta: Loose, finish_reason: string | null = null) => ({ id: 'c', choices: [{ index: 0, delta, finish_reason }] });
const part = { type: 'output_text', text, annotations: [annotation] };
const item = { type: 'message', id: 'm', role: 'assistant', content: [part] };
const place = { item_id: 'm', output_index: 0, content_index: 0 };

/** The same cited answer as each provider streams it, and as one body. */
const answers: Record<Dialect, { readonly stream: string; readonly body: Loose }> = {
  'anthropic-messages': {
    stream: events([
      { type: 'message_start', message: { id: 'm', model: 'x', content: [], usage } },
      ...block(0, before),
      ...block(1, claim, [cited]),
      ...block(2, after),
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
      { type: 'message_stop' },
    ]),
    body: {
      type: 'message',
      content: [
        { type: 'text', text: before },
        { type: 'text', text: claim, citations: [cited] },
        { type: 'text', text: after },
      ],
      stop_reason: 'end_turn',
      usage,
    },
  },
  'openai-chat': {
    stream: events([
      chunk({ content: before + claim }),
      chunk({ annotations: [chatAnnotation] }),
      chunk({ content: after }),
      chunk({}, 'stop'),
    ]),
    body: { choices: [{ index: 0, message: { content: text, annotations: [chatAnnotation] }, finish_reason: 'stop' }] },
  },
  'openai-responses': {
    stream: events([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
      { type: 'response.output_text.delta', ...place, delta: before + claim },
      { type: 'response.output_text.annotation.added', ...place, annotation_index: 0, annotation },
      { type: 'response.output_text.delta', ...place, delta: after },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { status: 'completed', output: [item], usage } },
    ]),
    body: { object: 'response', status: 'completed', output: [item], usage },
  },
  gemini: {
    stream: events([
      { candidates: [{ content: { parts: [{ text: before + claim }] } }] },
      { candidates: [{ content: { parts: [{ text: after }] }, groundingMetadata }] },
      { candidates: [{ content: { parts: [] }, finishReason: 'STOP', groundingMetadata }] },
    ]),
    body: { candidates: [{ content: { parts: [{ text }] }, finishReason: 'STOP', groundingMetadata }] },
  },
};

interface Said {
  readonly url: string;
  readonly title: string | null;
  /** The words that it stands behind. */
  readonly of: string;
}

const paths: Record<Dialect, (stream: boolean) => string> = {
  'anthropic-messages': () => '/v1/messages',
  'openai-chat': () => '/v1/chat/completions',
  'openai-responses': () => '/v1/responses',
  gemini: (stream) => `/v1beta/models/m:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
};

function answerOf(caller: Dialect, upstream: Dialect, body: string | Buffer, stream: boolean): string {
  const reading = readEndpoint('POST', paths[caller](stream), {});
  if (!reading.ok) throw new Error('no such endpoint');
  const input = { endpoint: reading.endpoint, request: {}, model: 'm', stream, requestId: 'req_1', nowMs: 0 };
  const translator = findTranslation(caller, upstream)?.newAnswer(input);
  const bytesOf = Buffer.from(body);
  let said = '';
  for (let at = 0; at < bytesOf.length; at += 7) said += translator?.push(bytesOf.subarray(at, at + 7)) ?? '';
  return said + (translator?.end('end') ?? '');
}

/** What a client of `caller` finds cited. */
function citedIn(caller: Dialect, said: string, stream: boolean): Said[] {
  const documents: Loose[] = stream
    ? framesOf(said)
        .filter(({ data }) => data !== '[DONE]')
        .map(({ data }) => JSON.parse(data))
    : [JSON.parse(said)];
  return finders[caller](documents, stream);
}

const slice = ({ url, title, start_index, end_index }: Loose, of: string): Said => ({
  url,
  title,
  of: of.slice(start_index, end_index),
});

const finders: Record<Dialect, (documents: Loose[], stream: boolean) => Said[]> = {
  'anthropic-messages': (documents, stream) => {
    const blocks: Loose[] = stream ? [] : documents[0].content;
    for (const { type, index, content_block, delta } of documents) {
      if (type === 'content_block_start') blocks[index] = { ...content_block, citations: [] };
      if (delta?.type === 'text_delta') blocks[index].text += delta.text;
      if (delta?.type === 'citations_delta') blocks[index].citations.push(delta.citation);
    }
    return blocks.flatMap(({ text: of, citations = [] }) =>
      citations.map((one: Loose) => ({ url: one.url, title: one.title, of })),
    );
  },
  'openai-chat': (documents) => {
    const messages = documents.flatMap(({ choices }) => choices.map(({ delta, message }: Loose) => delta ?? message));
    const whole = messages.map(({ content }) => content ?? '').join('');
    return messages.flatMap(({ annotations = [] }) => annotations.map((one: Loose) => slice(one.url_citation, whole)));
  },
  'openai-responses': (documents, stream) => {
    const last = stream ? documents.at(-1).response : documents[0];
    const parts: Loose[] = last.output.flatMap(({ content }: Loose) => content);
    const inLast = parts.flatMap((one) => one.annotations.map((each: Loose) => slice(each, one.text)));
    const added = documents.filter(({ type }) => type === 'response.output_text.annotation.added');
    if (stream) expect(added).toHaveLength(inLast.length);
    return inLast;
  },
  gemini: (documents) => {
    const { groundingMetadata: found } = documents.at(-1).candidates[0];
    if (!found) return [];
    const whole = Buffer.from(
      documents
        .flatMap(({ candidates }) => candidates[0].content.parts)
        .map((one: Loose) => one.text)
        .join(''),
    );
    return found.groundingSupports.map(({ segment, groundingChunkIndices: [at] }: Loose) => {
      const { web } = found.groundingChunks[at];
      expect(whole.subarray(segment.startIndex, segment.endIndex).toString()).toBe(segment.text);
      return { url: web.uri, title: web.title, of: segment.text };
    });
  },
};

const pairs = dialects.flatMap((upstream) =>
  dialects
    .filter((caller) => caller !== upstream)
    .flatMap((caller) => [true, false].map((stream) => [caller, upstream, stream] as const)),
);

describe('the sources of an answer', () => {
  it.each(pairs)('reach callers of %s from %s (stream: %s)', (caller, upstream, stream) => {
    const body = stream ? answers[upstream].stream : JSON.stringify(answers[upstream].body);
    const [one, ...others] = citedIn(caller, answerOf(caller, upstream, body, stream), stream);
    expect([one?.url, one?.title, others]).toEqual([url, title, []]);
    // A block of Anthropic is cited as a whole; providers that stream name its sources when it has been said.
    if (caller === 'anthropic-messages') expect(one?.of).toContain(claim);
    else expect(one?.of).toBe(claim);
    if (stream && upstream !== 'gemini') expect(one?.of).not.toContain(after);
  });

  it.each(pairs.filter(([, , stream]) => stream))('recorded ones reach callers of %s from %s', (caller, upstream) => {
    for (const { id, body, stream } of recordedAnswers(upstream)) {
      const inside = body.toString();
      const isCited = inside.includes('annotation.added') || inside.includes('"groundingSupports"');
      const said = answerOf(caller, upstream, body, stream);
      if (!isCited || said.includes('"error"')) continue;
      const urls = /"url": ?"([^"]+)","?title|"url_citation".*?"url": ?"([^"]+)"|"web": ?\{[^}]*?"uri": ?"([^"]+)"/.exec(inside);
      const found = citedIn(caller, said, stream);
      if (urls) expect([id, found.length > 0]).toEqual([id, true]);
      for (const { of } of found) expect(of.length).toBeGreaterThan(0);
    }
  });
});
