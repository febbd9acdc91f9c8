import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/translate/translation.ts';
import { answered, bodyOf, toAnthropic, toChat, toGemini, toResponses } from './openai-pairs.ts';

const user = { role: 'user', content: 'Weather?' };
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
const asked = { model: 'm', messages: [user], tools: [weather] };

/** The caller's next request: the answer as it came, and the result of its call. */
function goOn(request: typeof asked, answer: string) {
  const { message } = JSON.parse(answer).choices[0];
  const results = (message.tool_calls ?? []).map(({ id }: { id: string }) => ({
    role: 'tool',
    tool_call_id: id,
    content: 'sunny',
  }));
  return { ...request, messages: [...request.messages, message, ...results] };
}

const bodied = (body: object): Buffer[] => [Buffer.from(JSON.stringify(body))];

describe('a chat caller who gives an answer back', () => {
  it('gives Anthropic its thinking, redacted thinking and calls as they were', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig+/=' },
      { type: 'redacted_thinking', data: 'sealed' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Köln' } },
      { type: 'tool_use', id: 'toolu_2', name: 'weather', input: {} },
    ];
    const usage = { input_tokens: 1, output_tokens: 1 };
    const answer = { type: 'message', id: 'msg_1', role: 'assistant', model: 'c', content, stop_reason: 'tool_use', usage };
    const next = bodyOf(toAnthropic, goOn(asked, answered(toAnthropic, asked, bodied(answer))));
    expect(next.messages.slice(1)).toEqual([
      { role: 'assistant', content },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'sunny', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  it('gives Gemini the signatures of its calls', () => {
    const parts = [{ functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2ln' }];
    const answer = { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }], responseId: 'r' };
    const next = bodyOf(toGemini, goOn(asked, answered(toGemini, asked, bodied(answer))));
    expect(next.contents[1].parts).toMatchObject(parts);
    expect(next.contents[2].parts[0].functionResponse).toMatchObject({ name: 'weather', response: { output: 'sunny' } });
    expect(next.contents[2].parts[0].functionResponse.id).toBe(next.contents[1].parts[0].functionCall.id);
  });

  it('gives Responses its sealed reasoning and its calls', () => {
    const reasoning = {
      type: 'reasoning',
      id: 'rs',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'gAAA=',
    };
    const call = { type: 'function_call', id: 'fc', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' };
    const answer = { id: 'resp_1', object: 'response', status: 'completed', output: [reasoning, call] };
    const next = bodyOf(toResponses, goOn(asked, answered(toResponses, asked, bodied(answer))));
    expect(next.input.slice(1)).toEqual([
      { type: 'reasoning', summary: reasoning.summary, encrypted_content: 'gAAA=' },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    ]);
  });

  it('calls tools by names that no other format takes', () => {
    const name = '1-weather';
    const tools = [{ type: 'function', function: { name } }] as unknown as typeof asked.tools;
    const request = { ...asked, tools };
    const known = bodyOf(toGemini, request).tools[0].functionDeclarations[0].name;
    expect(known).not.toBe(name);
    const parts = [{ functionCall: { name: known, args: {} } }];
    const answer = { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] };
    const said = answered(toGemini, request, bodied(answer));
    expect(JSON.parse(said).choices[0].message.tool_calls[0].function.name).toBe(name);
    expect(bodyOf(toGemini, goOn(request, said)).contents[2].parts[0].functionResponse.name).toBe(known);
  });

  it('gives no provider the proofs of another', () => {
    const detail = { type: 'reasoning.text', text: 'Hm', signature: '~acp1.openai-responses.Z0FBQQ' };
    const messages = [user, { role: 'assistant', content: 'Yes', reasoning_details: [detail] }, user];
    expect(JSON.stringify(bodyOf(toAnthropic, { ...asked, messages }))).not.toMatch(/thinking|acp1|gAAA/);
    expect(JSON.stringify(bodyOf(toGemini, { ...asked, messages }))).not.toMatch(/thought|acp1|gAAA/i);
  });

  it('unpacks the plain input of a freeform tool, and packs it again', () => {
    const tools = [{ type: 'custom', custom: { name: 'sql', description: 'Runs SQL.' } }];
    const request = { ...asked, tools } as unknown as typeof asked;
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'sql', input: { input: 'SELECT 1' } }];
    const answer = { type: 'message', id: 'msg_1', role: 'assistant', model: 'c', content, stop_reason: 'tool_use' };
    const said = answered(toAnthropic, request, bodied(answer));
    expect(JSON.parse(said).choices[0].message.tool_calls[0].custom).toEqual({ name: 'sql', input: 'SELECT 1' });
    expect(bodyOf(toAnthropic, goOn(request, said)).messages[1].content).toEqual(content);
  });
});

describe('a Responses caller in front of a chat vendor', () => {
  const exec: JsonObject = { type: 'custom', name: 'exec', description: 'Runs JavaScript.' };
  const namespace: JsonObject = { type: 'namespace', name: 'functions', tools: [exec] };
  const question: JsonObject = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Run it.' }] };
  const tools: JsonObject = { type: 'additional_tools', role: 'developer', tools: [namespace] };
  const request: { model: string; input: JsonObject[] } = { model: 'm', input: [tools, question] };

  function outputOf(call: object): JsonObject[] {
    const message = { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [call] };
    const answer = { id: 'c', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'tool_calls' }] };
    return JSON.parse(answered(toChat, request, bodied(answer))).output;
  }

  it('calls the freeform tools of Codex, and brings thinking and results back', () => {
    const [tool] = bodyOf(toChat, request).tools;
    expect(tool).toMatchObject({ type: 'function', function: { parameters: { required: ['input'] } } });
    const { name } = tool.function;
    const output = outputOf({ id: 'call_1', type: 'function', function: { name, arguments: '{"input":"1 + 1"}' } });
    expect(output.at(-1)).toMatchObject({ type: 'custom_tool_call', name: 'exec', namespace: 'functions', input: '1 + 1' });
    const result = { type: 'custom_tool_call_output', call_id: 'call_1', output: '2' };
    expect(bodyOf(toChat, { ...request, input: [...request.input, ...output, result] }).messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Hm.',
        tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: '{"input":"1 + 1"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '2' },
    ]);
  });

  it('leaves freeform tools what they are where the model knows them', () => {
    const [tool] = bodyOf(toChat, request, 'gpt-6').tools;
    expect(tool).toMatchObject({ type: 'custom', custom: { description: 'Runs JavaScript.' } });
    const output = outputOf({ id: 'call_1', type: 'custom', custom: { name: tool.custom.name, input: '1 + 1' } });
    expect(output.at(-1)).toMatchObject({ type: 'custom_tool_call', name: 'exec', input: '1 + 1' });
    const next = bodyOf(toChat, { ...request, input: [...request.input, ...output] }, 'gpt-6');
    expect(next.messages.at(-1).tool_calls[0].custom).toEqual({ name: tool.custom.name, input: '1 + 1' });
  });

  it('brings the reasoning_details of a vendor back to it', () => {
    const details = [{ type: 'reasoning.text', text: 'Hm.', signature: 's1', index: 0 }];
    const message = { role: 'assistant', content: 'Yes', reasoning: 'Hm.', reasoning_details: details };
    const answer = { id: 'c', choices: [{ index: 0, message, finish_reason: 'stop' }] };
    const { output } = JSON.parse(answered(toChat, request, bodied(answer)));
    const next = bodyOf(toChat, { ...request, input: [...request.input, ...output, question] });
    expect(next.messages[1]).toMatchObject({ role: 'assistant', content: 'Yes', reasoning_details: details });
  });

  it('puts results behind their calls, whatever came between', () => {
    const call = (call_id: string) => ({ type: 'function_call', call_id, name: 'look', arguments: '{}' });
    const result = (call_id: string) => ({ type: 'function_call_output', call_id, output: call_id });
    const thought = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] };
    const said = { role: 'user', content: 'Wait!' };
    const shapeOf = (input: JsonObject[]) =>
      bodyOf(toChat, { model: 'm', input }).messages.map((message: JsonObject) =>
        message['role'] === 'assistant'
          ? (message['tool_calls'] as JsonObject[]).map(({ id }) => id).join('+')
          : message['content'],
      );
    expect(shapeOf([call('a'), thought, call('b'), result('b'), result('a')])).toEqual(['a+b', 'a', 'b']);
    expect(shapeOf([call('a'), said, call('b'), result('a'), result('b')])).toEqual(['a', 'a', 'Wait!', 'b', 'b']);
    expect(shapeOf([call('a'), result('a'), call('b'), result('b')])).toEqual(['a', 'a', 'b', 'b']);
    expect(shapeOf([result('x'), said])).toEqual(['x', 'Wait!']);
  });

  it('puts pictures of a result behind all results', () => {
    const call = (call_id: string) => ({ type: 'function_call', call_id, name: 'look', arguments: '{}' });
    const picture = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    const results = [
      { type: 'function_call_output', call_id: 'a', output: [picture] },
      { type: 'function_call_output', call_id: 'b', output: 'text' },
    ];
    const { messages } = bodyOf(toChat, { model: 'm', input: [call('a'), call('b'), ...results] });
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(['assistant', 'tool', 'tool', 'user']);
    expect(messages[3].content).toEqual([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }]);
  });
});
