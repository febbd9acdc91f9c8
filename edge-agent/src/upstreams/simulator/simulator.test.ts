import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from './simulator.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ paceMs: 0 });
});
afterAll(() => simulator.close());

const post = (path: string, body: object) => fetch(simulator.origin + path, { method: 'POST', body: JSON.stringify(body) });
/** Whatever its shape; the expectations say what it should be. */
const read = async (response: Response) => JSON.parse(await response.text());
const question = { model: 'simulated-1', messages: [{ role: 'user', content: 'hello there' }] };
const contents = { contents: [{ parts: [{ text: 'hello' }] }] };

describe('the simulated provider', () => {
  it('says what it is and names the model it was asked for', async () => {
    const answer = await read(await post('/v1/messages', question));
    expect(answer.model).toBe('simulated-1');
    expect(answer.content[0].text).toMatch(/^This is a simulated answer.*hello there$/);
  });

  it('says the same to the same question', async () => {
    const ask = async () => (await read(await post('/v1/chat/completions', question))).choices[0].message.content;
    expect(await ask()).toBe(await ask());
  });

  it('states the tokens that it streamed', async () => {
    const text = await (await post('/v1/chat/completions', { ...question, stream: true })).text();
    const chunks = text.split('\n\n').filter((line) => line.startsWith('data: {'));
    const last = JSON.parse(chunks.at(-1)?.slice(6) ?? '');
    expect(last.usage.completion_tokens).toBe(chunks.length - 3);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('stops where the caller wants it to', async () => {
    const answer = await read(await post('/v1/messages', { ...question, max_tokens: 3 }));
    expect(answer).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } });
  });

  it('streams an array to those who ask Gemini for no events', async () => {
    const response = await post('/v1beta/models/gemini-2.5-flash:streamGenerateContent', contents);
    const parts = await read(response);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.at(-1).candidates[0].finishReason).toBe('STOP');
  });

  it('does not know models that are not simulated', async () => {
    const response = await post('/v1beta/models/llama:generateContent', contents);
    expect([response.status, (await read(response)).error.status]).toEqual([404, 'NOT_FOUND']);
  });

  it('fails as it is told to', async () => {
    const wanted = { ...question, messages: [{ role: 'user', content: 'please simulate 429 now' }] };
    expect((await post('/v1/messages', wanted)).status).toBe(429);
  });
});
