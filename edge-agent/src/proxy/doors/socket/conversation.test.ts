import { describe, expect, it } from 'vitest';
import { Conversation, ConversationRoom } from './conversation.ts';

const user = (text: string) => ({ type: 'message', role: 'user', content: text });

describe('a conversation', () => {
  it('hands out what was said, with what the model said as its client would repeat it', () => {
    const conversation = new Conversation(new ConversationRoom(10_000, 10_000));
    const first = conversation.resolve({ input: [user('one')], store: false });
    if (!first.ok) throw new Error('first');
    const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'x', status: 'completed' };
    const picture = { id: 'ig_1', type: 'image_generation_call', result: 'b64' };
    conversation.keep('resp_1', first.input, [reasoning, picture]);
    expect(conversation.resolve({ input: [user('two')], previous_response_id: 'resp_1', store: false })).toMatchObject({
      ok: true,
      body: {
        store: false,
        input: [user('one'), { type: 'reasoning', summary: [], encrypted_content: 'x' }, picture, user('two')],
      },
    });
  });

  it('takes a plain text for a message', () => {
    const conversation = new Conversation(new ConversationRoom(10_000, 10_000));
    const first = conversation.resolve({ input: 'one' });
    if (!first.ok) throw new Error('first');
    expect(first.body).toEqual({ input: 'one' });
    conversation.keep('resp_1', first.input, []);
    expect(conversation.resolve({ input: 'two', previous_response_id: 'resp_1' })).toMatchObject({
      body: { input: [user('one'), user('two')] },
    });
  });

  it('is forgotten when it outgrows its room or that of all, and gives the room back', () => {
    const room = new ConversationRoom(1_000, 600);
    const [one, two, three] = [new Conversation(room), new Conversation(room), new Conversation(room)];
    const items = (bytes: number) => ['x'.repeat(bytes / 2)];
    one.keep('r1', items(700), []);
    expect(room.usedBytes).toBe(0);
    expect(one.resolve({ previous_response_id: 'r1', store: false }).ok).toBe(false);
    one.keep('r1', items(500), []);
    two.keep('r2', items(400), []);
    three.keep('r3', items(400), []);
    expect(room.usedBytes).toBe(900);
    expect(three.resolve({ previous_response_id: 'r3', store: false }).ok).toBe(false);
    one.keep('r4', items(100), []);
    expect(room.usedBytes).toBe(500);
    one.forget();
    two.forget();
    expect(room.usedBytes).toBe(0);
  });

  it('leaves to the account what only the account can know', () => {
    const conversation = new Conversation(new ConversationRoom(10_000, 10_000));
    const asked = { previous_response_id: 'resp_elsewhere', input: [], store: true };
    expect(conversation.resolve(asked)).toMatchObject({ ok: true, body: asked });
    expect(conversation.resolve({ ...asked, store: false })).toEqual({ ok: false });
  });
});
