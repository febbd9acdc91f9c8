import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { affinityOf, type Conversation } from './affinity.ts';
import { readOpening } from './read-opening.ts';

const bodyOf = (request: object) => Buffer.from(JSON.stringify(request));
const conversation = (more: Partial<Conversation> = {}): Conversation => ({
  headers: {},
  named: () => null,
  keyId: 'key_1',
  model: 'm',
  dialect: 'anthropic-messages',
  body: bodyOf({ messages: [{ role: 'user', content: 'hi' }] }),
  ...more,
});
const hashOf = (more: Partial<Conversation>) => affinityOf(conversation(more));

describe('what the requests of a session have in common', () => {
  it('is the session that a header names, whatever the body says', () => {
    const one = { headers: { 'x-claude-code-session-id': 's' } };
    expect(hashOf({ ...one, body: bodyOf({}), model: 'other', named: () => '"n"' })).toEqual(hashOf(one));
    expect(hashOf({ headers: { 'thread-id': 's' } })).toEqual(hashOf(one));
    expect(hashOf({ headers: { 'session-id': 't' } })).not.toEqual(hashOf(one));
    expect(hashOf({ ...one, keyId: 'key_2' })).not.toEqual(hashOf(one));
  });

  it('is else the name in the body, else how the conversation began', () => {
    const named = { named: () => '"n"' };
    expect(hashOf({ ...named, body: bodyOf({}) })).toEqual(hashOf(named));
    expect(hashOf({ model: 'other' })).not.toEqual(hashOf({}));
    expect(hashOf({ body: bodyOf({ messages: [{ role: 'user', content: 'ho' }] }) })).not.toEqual(hashOf({}));
  });
});

describe('how a conversation began', () => {
  const first = { role: 'user', content: [{ type: 'text', text: 'hi' }] };
  const marked = { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] };
  const answer = { role: 'assistant', content: 'hello' };
  const gemini = { role: 'user', parts: [{ text: 'hi' }] };
  const turns: readonly [Dialect, object, object][] = [
    [
      'anthropic-messages',
      { system: [{ type: 'text', text: 's' }], messages: [marked] },
      { messages: [first, answer, marked], system: 's' },
    ],
    [
      'openai-chat',
      { messages: [{ role: 'system', content: 's' }, first] },
      { messages: [{ role: 'system', content: 's' }, first, answer] },
    ],
    ['openai-responses', { instructions: 's', input: 'hi' }, { input: 'hi', instructions: 's', tools: [] }],
    ['openai-responses', { input: [{ type: 'message', ...first }] }, { input: [{ type: 'message', ...first }, answer] }],
    ['gemini', { contents: [gemini] }, { contents: [gemini, { role: 'model', parts: [] }, gemini], tools: [] }],
  ];

  it.each(turns)('stays the same through the turns of %s', (dialect, one, later) => {
    const opening = readOpening(dialect, bodyOf(one));
    expect(opening).toContain('hi');
    expect(readOpening(dialect, bodyOf(later))).toBe(opening);
  });

  it('is bounded, however long the first words are', () => {
    const long = bodyOf({ messages: [{ role: 'user', content: 'x'.repeat(200_000) }] });
    expect(readOpening('openai-chat', long).length).toBeLessThan(3_000);
  });

  it('is empty where nothing can be read', () => {
    for (const text of ['', '[]', '{"messages":[', '{"messages":{}}', '{"messages":[3]}']) {
      expect(readOpening('openai-chat', Buffer.from(text)).trim()).toBe('');
    }
  });
});
