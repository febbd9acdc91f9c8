import type { Dialect } from '@aicarpool/shared-protocol';
import type { Loose } from './canonical.ts';

/** One event of a stream; `data` is text where it is no JSON. */
export interface Frame {
  readonly name: string;
  readonly data: Loose;
}

export function framesIn(stream: string): Frame[] {
  return stream
    .split(/\r\n\r\n|\n\n/)
    .filter((frame) => frame.includes('data:'))
    .map((frame) => {
      const lines = frame.split(/\r?\n/);
      const name =
        lines
          .find((line) => line.startsWith('event:'))
          ?.slice(6)
          .trim() ?? '';
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
      return { name, data: parse(data.join('\n').trim()) };
    });
}

function parse(text: string): Loose {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const written = (data: Loose): string => (typeof data === 'string' ? data : JSON.stringify(data));

export function streamOf(frames: readonly Frame[], { newline = '\n', space = ' ' } = {}): string {
  return frames
    .map(
      ({ name, data }) =>
        `${name === '' ? '' : `event:${space}${name}${newline}`}data:${space}${written(data)}${newline}${newline}`,
    )
    .join('');
}

function reversed(value: Loose): Loose {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  );
}

const withStrange = (data: Loose): Loose =>
  typeof data === 'string' ? data : { future_member: { list: [{ type: 'text', text: 'no' }], text: 'no' }, ...data };

const each = (change: (data: Loose) => Loose) => (frames: readonly Frame[]) =>
  frames.map(({ name, data }) => ({ name, data: typeof data === 'string' ? data : change(data) }));

const between = (extra: readonly Frame[]) => (frames: readonly Frame[]) =>
  frames.flatMap((frame, at) => (at === 0 ? [frame] : [...extra, frame]));

const without = (names: readonly string[]) => (frames: readonly Frame[]) =>
  frames.filter(({ name, data }) => !names.includes(data?.type ?? name) && !names.includes(data));

const nothing: Record<Dialect, readonly Frame[]> = {
  'anthropic-messages': [{ name: 'ping', data: { type: 'ping' } }],
  'openai-chat': [{ name: '', data: { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: null }] } }],
  'openai-responses': [{ name: 'keepalive', data: { type: 'keepalive', sequence_number: 9 } }],
  gemini: [{ name: '', data: { candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0 }] } }],
};
const strange: Record<Dialect, readonly Frame[]> = {
  'anthropic-messages': [
    { name: 'future_event', data: { type: 'future_event', delta: { type: 'text_delta', text: 'no' } } },
    {
      name: 'content_block_start',
      data: { type: 'content_block_start', index: 900, content_block: { type: 'future', text: 'no' } },
    },
    {
      name: 'content_block_delta',
      data: { type: 'content_block_delta', index: 900, delta: { type: 'future_delta', text: 'no' } },
    },
    { name: 'content_block_stop', data: { type: 'content_block_stop', index: 900 } },
  ],
  'openai-chat': [
    { name: '', data: { object: 'chat.completion.future', id: 'x', future: 'no' } },
    {
      name: '',
      data: { id: 'x', choices: [{ index: 0, delta: { future: [{ text: 'no' }], content: null, tool_calls: null } }] },
    },
    { name: '', data: { id: 'x', choices: [], obfuscation: 'abc' } },
  ],
  'openai-responses': [
    { name: 'response.future.delta', data: { type: 'response.future.delta', output_index: 900, item_id: 'f', delta: 'no' } },
    { name: 'response.future', data: { type: 'response.future', text: 'no' } },
  ],
  gemini: [
    { name: '', data: { candidates: [{ content: { role: 'model', parts: [{ futurePart: { text: 'no' } }] }, index: 0 }] } },
    { name: '', data: { futureFeedback: { text: 'no' } } },
  ],
};
const optional: Record<Dialect, readonly string[]> = {
  'anthropic-messages': ['ping', 'message_stop'],
  'openai-chat': ['[DONE]'],
  'openai-responses': [
    'response.created',
    'response.in_progress',
    'response.content_part.added',
    'response.content_part.done',
    'response.output_text.done',
    'response.function_call_arguments.done',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_part.done',
  ],
  gemini: [],
};

/** Streams that say the same as `frames`, in ways that nobody recorded. */
export function sameStreams(dialect: Dialect, frames: readonly Frame[]): Record<string, string> {
  const comments = streamOf(frames).replaceAll('\n\n', '\n\n: a comment\n\nretry: 3000\n\n');
  const all: Record<string, string> = {
    'members in another order': streamOf(each(reversed)(frames)),
    'unknown members': streamOf(each(withStrange)(frames)),
    'unknown events': streamOf(between(strange[dialect])(frames)),
    'empty events': streamOf(between(nothing[dialect])(frames)),
    'optional events left out': streamOf(without(optional[dialect])(frames)),
    'carriage returns': streamOf(frames, { newline: '\r\n' }),
    'no space behind the colon': streamOf(frames, { space: '' }),
    comments,
    'no blank line at the end': streamOf(frames).trimEnd(),
  };
  if (dialect === 'gemini')
    all['one array'] = JSON.stringify(
      frames.map(({ data }) => data),
      null,
      2,
    );
  if (dialect.startsWith('openai-')) all['no event names'] = streamOf(frames.map(({ data }) => ({ name: '', data })));
  return all;
}

export function sameBodies(body: Loose): Record<string, string> {
  return {
    'members in another order': JSON.stringify(reversed(body)),
    'unknown members': JSON.stringify(withStrange(body)),
    blanks: `\n\n ${JSON.stringify(body, null, 4)}\r\n\n`,
  };
}
