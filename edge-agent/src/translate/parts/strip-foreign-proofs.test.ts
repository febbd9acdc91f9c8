import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { carryThinking } from '../request/carried-thinking.ts';
import { stripForeignProofs } from './strip-foreign-proofs.ts';
import { wrapCallProof, wrapProof } from './thinking-proof.ts';

const strip = (dialect: Dialect, request: object): unknown =>
  JSON.parse(stripForeignProofs(Buffer.from(JSON.stringify(request)), dialect).toString());

const user = { role: 'user', content: 'hi' };
const text = { type: 'text', text: 'hello' };

describe('thinking that another provider proved', () => {
  it('leaves bodies without any as they came', () => {
    const body = Buffer.from('{"messages":[{"role":"user","content":"say \\"acp2.x\\""}], "seed":12345678901234567890}');
    expect(stripForeignProofs(body, 'anthropic-messages')).toBe(body);
  });

  it('leaves alone what only speaks of proofs, and every other member byte for byte', () => {
    const body = Buffer.from('{ "seed" : 12345678901234567890,"messages":[{"role":"user","content":"\\"~acp1.gemini.eA"}] }');
    expect(stripForeignProofs(body, 'anthropic-messages').toString()).toBe(body.toString());
    const cut = Buffer.from('{"messages":[{"content":"~acp1.');
    expect(stripForeignProofs(cut, 'anthropic-messages')).toBe(cut);
  });

  it('is taken out of Messages; a turn that was nothing else goes with it', () => {
    const foreign = { type: 'thinking', thinking: 'hm', signature: wrapProof('openai-responses', 'x') };
    const hidden = { type: 'redacted_thinking', data: wrapProof('gemini', 'x') };
    const ofCall = { type: 'thinking', thinking: '', signature: wrapCallProof('gemini', 'x') };
    const own = { type: 'thinking', thinking: 'ah', signature: 'EqQB' };
    const messages = [
      user,
      { role: 'assistant', content: [foreign, own, hidden, ofCall, text] },
      user,
      { role: 'assistant', content: [foreign] },
    ];
    expect(strip('anthropic-messages', { messages })).toEqual({
      messages: [user, { role: 'assistant', content: [own, text] }, user],
    });
  });

  it('is put back where it was this very provider', () => {
    const wrapped = { type: 'thinking', thinking: 'hm', signature: wrapProof('anthropic-messages', 'EqQB') };
    expect(strip('anthropic-messages', { messages: [{ role: 'assistant', content: [wrapped] }] })).toEqual({
      messages: [{ role: 'assistant', content: [{ ...wrapped, signature: 'EqQB' }] }],
    });
  });

  it('is taken out of Responses', () => {
    const foreign = { type: 'reasoning', summary: [], encrypted_content: wrapProof('anthropic-messages', 'x') };
    const own = { type: 'reasoning', summary: [], encrypted_content: 'gAAA' };
    expect(strip('openai-responses', { input: [user, foreign, own] })).toEqual({ input: [user, own] });
  });

  it('is taken out of chat messages', () => {
    const foreign = { type: 'reasoning.text', text: 'hm', signature: wrapProof('anthropic-messages', 'x') };
    const own = { type: 'reasoning.encrypted', data: 'abc' };
    const said = { role: 'assistant', content: 'hello' };
    const messages = [
      { ...said, reasoning_content: 'hm', reasoning_details: [foreign] },
      { ...said, reasoning_details: [foreign, own] },
      { ...said, reasoning_content: 'hm', reasoning_signature: wrapProof('gemini', 'x') },
      { ...said, reasoning_content: 'mine' },
    ];
    expect(strip('openai-chat', { messages })).toEqual({
      messages: [said, { ...said, reasoning_details: [own] }, said, { ...said, reasoning_content: 'mine' }],
    });
  });

  it('is taken out of Gemini parts where it is carried in base64', () => {
    const thoughtSignature = carryThinking('anthropic-messages', [{ text: 'hm', proof: 's', redacted: false }]);
    const contents = [{ role: 'model', parts: [{ text: 'hello', thoughtSignature }] }];
    expect(strip('gemini', { contents })).toEqual({ contents: [{ role: 'model', parts: [{ text: 'hello' }] }] });
  });

  it('is taken out of Gemini parts, and calls say that they were made elsewhere', () => {
    const thoughtSignature = wrapProof('anthropic-messages', 'x');
    const parts = [
      { text: 'hm', thought: true, thoughtSignature },
      { text: 'hello', thoughtSignature },
      { functionCall: { name: 'f' }, thoughtSignature },
      { functionCall: { name: 'g' }, thoughtSignature: 'own' },
    ];
    expect(strip('gemini', { contents: [{ role: 'model', parts }] })).toEqual({
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'hello' },
            { functionCall: { name: 'f' }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { name: 'g' }, thoughtSignature: 'own' },
          ],
        },
      ],
    });
  });

  it('goes from sources that another provider named, but not from those of Anthropic', () => {
    const own = { type: 'web_search_result_location', url: 'https://a.example', encrypted_index: 'Eo8B' };
    const foreign = { ...own, encrypted_index: wrapProof('gemini', 'citation') };
    const cited = (...citations: object[]) => ({ role: 'assistant', content: [{ ...text, citations }] });
    expect(strip('anthropic-messages', { messages: [user, cited(foreign), user, cited(own, foreign)] })).toEqual({
      messages: [user, { role: 'assistant', content: [text] }, user, cited(own)],
    });
  });
});
