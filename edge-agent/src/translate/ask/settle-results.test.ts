import { expect, it } from 'vitest';
import type { Turn, TurnPart } from '../request/turns.ts';
import { anthropicMessages } from './anthropic/turns.ts';
import { chatMessages } from './chat-messages.ts';
import { geminiContents } from './gemini-contents.ts';

const text = (words: string): TurnPart => ({ kind: 'text', text: words });
const call = (id: string): TurnPart => ({ kind: 'call', id, name: 'n', input: {} });
const result = (id: string): TurnPart => ({
  kind: 'result',
  id,
  name: 'n',
  isError: false,
  content: [{ kind: 'text', text: `of ${id}` }],
});

/** The user speaks, and the model too, before the second result is there. */
const turns: readonly Turn[] = [
  { role: 'assistant', parts: [call('a'), call('b')] },
  { role: 'user', parts: [text('wait'), result('a')] },
  { role: 'assistant', parts: [text('waiting')] },
  { role: 'user', parts: [result('b'), text('go on')] },
];

it('puts results right behind their calls in every format that demands it', () => {
  const answered = [
    { type: 'tool_result', tool_use_id: 'a', content: 'of a' },
    { type: 'tool_result', tool_use_id: 'b', content: 'of b' },
    { type: 'text', text: 'wait' },
  ];
  expect(anthropicMessages(turns)[1]).toEqual({ role: 'user', content: answered });
  const parts = geminiContents(turns, false)[1]?.['parts'];
  expect(Array.isArray(parts) && parts.map((part: object) => Object.keys(part)[0])).toEqual([
    'functionResponse',
    'functionResponse',
    'text',
  ]);
  const roles = chatMessages({ system: [], turns }).map((message) => message['role']);
  expect(roles).toEqual(['assistant', 'tool', 'tool', 'user', 'assistant', 'user']);
});

it('leaves results alone whose calls nobody made', () => {
  expect(anthropicMessages([{ role: 'user', parts: [result('x'), text('hi')] }])).toEqual([
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'x', content: 'of x' },
        { type: 'text', text: 'hi' },
      ],
    },
  ]);
});
