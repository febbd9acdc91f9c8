import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { claimHonest, claimPrivate, requestLines } from './claims.ts';
import { claimTranslated, hello, helloText } from './everyday.ts';
import { usage } from './provider/turn.ts';
import type { Scenario } from './scenario.ts';
import { hiddenModels, type Services, type Stage } from './stage.ts';

/** One SDK in one of its ways of asking. */
interface Sdk {
  readonly name: string;
  /** Services that speak another API than it does. */
  readonly foreign: readonly Services[];
  answer(stage: Stage): Promise<string>;
  /** Pieces as the program that uses the SDK gets them. */
  stream(stage: Stage): AsyncIterable<string>;
  /** Name and arguments of the tool that the model called, as the SDK gives them. */
  callTool(stage: Stage): Promise<readonly [name: string, input: unknown]>;
  count?(stage: Stage): Promise<number>;
  models(stage: Stage): Promise<readonly string[]>;
  offered: readonly string[];
  wrongKey(stage: Stage): Promise<unknown>;
}

const claudeModel = 'claude-sonnet-5-5';
const openaiModel = 'gpt-5';
const geminiModel = 'gemini-2.5-flash';
const prompt = 'say hi';
const messages = [{ role: 'user' as const, content: prompt }];
const weather = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
const toolCall = { name: 'get_weather', input: { city: 'Zürich' } };

const anthropic = (stage: Stage, key = stage.key) => new Anthropic({ baseURL: stage.tap.origin, apiKey: key });
const openai = (stage: Stage, key = stage.key) => new OpenAI({ baseURL: `${stage.tap.origin}/v1`, apiKey: key });
const google = (stage: Stage, key = stage.key) =>
  new GoogleGenAI({ apiKey: key, vertexai: false, httpOptions: { baseUrl: stage.tap.origin } });

const claudeAsks = { model: claudeModel, max_tokens: 500, messages };

const anthropicSdk: Sdk = {
  name: '@anthropic-ai/sdk 1.11.0',
  foreign: ['only-responses', 'only-chat', 'only-gemini'],
  answer: async (stage) => {
    const { content } = await anthropic(stage).messages.create(claudeAsks);
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  },
  stream: async function* (stage) {
    for await (const event of await anthropic(stage).messages.create({ ...claudeAsks, stream: true })) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
    }
  },
  callTool: async (stage) => {
    const tools = [{ name: toolCall.name, input_schema: weather }];
    const message = await anthropic(stage)
      .messages.stream({ ...claudeAsks, tools })
      .finalMessage();
    const call = message.content.find((block) => block.type === 'tool_use');
    return [call?.name ?? '', call?.input];
  },
  count: async (stage) => (await anthropic(stage).messages.countTokens({ model: claudeModel, messages })).input_tokens,
  models: async (stage) => (await anthropic(stage).models.list()).data.map(({ id }) => id),
  offered: ['claude-opus-5-5', 'claude-sonnet-5-5'],
  wrongKey: (stage) => anthropic(stage, 'acp_wrong').messages.create(claudeAsks),
};

const chatSdk: Sdk = {
  name: 'openai 7.55.0 (chat)',
  foreign: ['only-anthropic', 'only-responses', 'only-gemini'],
  answer: async (stage) => {
    const { choices } = await openai(stage).chat.completions.create({ model: openaiModel, messages });
    return choices[0]?.message.content ?? '';
  },
  stream: async function* (stage) {
    const asked = { model: openaiModel, messages, stream: true as const, stream_options: { include_usage: true } };
    for await (const { choices } of await openai(stage).chat.completions.create(asked)) {
      const text = choices[0]?.delta.content;
      if (text) yield text;
    }
  },
  callTool: async (stage) => {
    const tools = [{ type: 'function' as const, function: { name: toolCall.name, parameters: weather } }];
    const asked = { model: openaiModel, messages, tools, stream_options: { include_usage: true } };
    const done = await openai(stage).chat.completions.stream(asked).finalChatCompletion();
    const call = done.choices[0]?.message.tool_calls?.[0];
    return call?.type === 'function' ? [call.function.name, JSON.parse(call.function.arguments)] : ['', undefined];
  },
  models: async (stage) => (await openai(stage).models.list()).data.map(({ id }) => id),
  offered: [openaiModel],
  wrongKey: (stage) => openai(stage, 'acp_wrong').chat.completions.create({ model: openaiModel, messages }),
};

const responsesSdk: Sdk = {
  name: 'openai 7.55.0 (responses)',
  foreign: ['only-anthropic', 'only-chat', 'only-gemini'],
  answer: async (stage) => (await openai(stage).responses.create({ model: openaiModel, input: prompt })).output_text,
  stream: async function* (stage) {
    for await (const event of await openai(stage).responses.create({ model: openaiModel, input: prompt, stream: true })) {
      if (event.type === 'response.output_text.delta') yield event.delta;
    }
  },
  callTool: async (stage) => {
    const tools = [{ type: 'function' as const, name: toolCall.name, parameters: weather, strict: false }];
    const done = await openai(stage).responses.stream({ model: openaiModel, input: prompt, tools }).finalResponse();
    const call = done.output.find((item) => item.type === 'function_call');
    return [call?.name ?? '', JSON.parse(call?.arguments ?? 'null')];
  },
  count: async (stage) => {
    const counted = await openai(stage).responses.inputTokens.count({ model: openaiModel, input: prompt });
    return counted.input_tokens;
  },
  models: chatSdk.models,
  offered: [openaiModel],
  wrongKey: (stage) => openai(stage, 'acp_wrong').responses.create({ model: openaiModel, input: prompt }),
};

const asksGemini = { model: geminiModel, contents: prompt };

const genaiSdk: Sdk = {
  name: '@google/genai 3.1.0',
  foreign: ['only-anthropic', 'only-responses', 'only-chat'],
  answer: async (stage) => (await google(stage).models.generateContent(asksGemini)).text ?? '',
  stream: async function* (stage) {
    for await (const chunk of await google(stage).models.generateContentStream(asksGemini)) if (chunk.text) yield chunk.text;
  },
  callTool: async (stage) => {
    const functionDeclarations = [{ name: toolCall.name, parametersJsonSchema: weather }];
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
    const config = { tools: [{ functionDeclarations }], toolConfig };
    const [call] = (await google(stage).models.generateContent({ ...asksGemini, config })).functionCalls ?? [];
    return [call?.name ?? '', call?.args];
  },
  count: async (stage) => (await google(stage).models.countTokens(asksGemini)).totalTokens ?? 0,
  models: async (stage) => (await google(stage).models.list()).page.map(({ name }) => name ?? ''),
  offered: [`models/${geminiModel}`],
  wrongKey: (stage) => google(stage, 'acp_wrong').models.generateContent(asksGemini),
};

const seenWithinMs = 3_000;

/** Each piece is in the hands of the program before the provider sends the next. */
async function live(sdk: Sdk, stage: Stage, claim: (stage: Stage) => Promise<string>): Promise<string> {
  const pieces = ['first ', 'second ', 'third ', 'fourth'];
  const got: string[] = [];
  const delaysMs: number[] = [];
  let onPiece: () => void = () => undefined;
  const afterPiece = (at: number) =>
    new Promise<void>((resolve) => {
      const sentAt = performance.now();
      const look = () => {
        if (got.length <= at) return;
        clearTimeout(timer);
        delaysMs.push(performance.now() - sentAt);
        resolve();
      };
      const timer = setTimeout(resolve, seenWithinMs);
      onPiece = look;
      look();
    });
  stage.upstream.script = () => ({ pieces, afterPiece });
  for await (const piece of sdk.stream(stage)) {
    got.push(piece);
    onPiece();
  }
  assert.deepEqual(got, pieces);
  assert.equal(delaysMs.length, pieces.length, 'pieces that the program had before the next was sent');
  await claim(stage);
  return `the program had each piece before the next was sent, at most ${Math.max(...delaysMs).toFixed(1)} ms later`;
}

async function callTool(sdk: Sdk, stage: Stage, claim: (stage: Stage) => Promise<string>): Promise<string> {
  stage.upstream.script = () => ({ pieces: ['I will look.'], call: toolCall });
  assert.deepEqual(await sdk.callTool(stage), [toolCall.name, toolCall.input]);
  return claim(stage);
}

function across(sdk: Sdk): Scenario[] {
  return sdk.foreign.flatMap((services) => {
    const about = { client: sdk.name, services };
    const where = services.replace('only-', 'on ');
    return [
      { ...about, what: `${where}: answer, live`, run: (stage) => live(sdk, stage, claimTranslated) },
      { ...about, what: `${where}: tool call`, run: (stage) => callTool(sdk, stage, claimTranslated) },
    ] satisfies Scenario[];
  });
}

async function refused(sdk: Sdk, stage: Stage): Promise<string> {
  const startedAt = performance.now();
  const error = await sdk.wrongKey(stage).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const tookMs = performance.now() - startedAt;
  assert.equal((error as { status?: number } | undefined)?.status, 401);
  assert.equal(requestLines(stage).length, 1);
  assert.equal(stage.upstream.seen.length, 0);
  assert.ok(tookMs < 5_000);
  return `1 request, over after ${tookMs.toFixed(0)} ms`;
}

export function sdkScenarios(): Scenario[] {
  return [anthropicSdk, chatSdk, responsesSdk, genaiSdk].flatMap((sdk) => {
    const { name: client, count } = sdk;
    const scenarios: Scenario[] = [
      {
        client,
        what: 'answer',
        run: async (stage) => {
          stage.upstream.script = () => hello;
          assert.equal(await sdk.answer(stage), helloText);
          return claimHonest(stage);
        },
      },
      { client, what: 'live streaming', run: (stage) => live(sdk, stage, claimHonest) },
      { client, what: 'tool call', run: (stage) => callTool(sdk, stage, claimHonest) },
      {
        client,
        what: 'model list',
        run: async (stage) => {
          const models = await sdk.models(stage);
          for (const model of sdk.offered) assert.ok(models.includes(model), `${model} is not among ${models.join(', ')}`);
          for (const model of hiddenModels) assert.ok(!models.join().includes(model), `${model} was listed`);
          assert.equal(stage.upstream.seen.length, 0, 'the list comes from the config');
          return models.join(', ');
        },
      },
      { client, what: 'wrong key', run: (stage) => refused(sdk, stage) },
      ...across(sdk),
    ];
    if (!count) return scenarios;
    const counts: Scenario = {
      client,
      what: 'count tokens',
      run: async (stage) => {
        assert.equal(await count(stage), usage.input);
        claimPrivate(stage);
        const [row] = await stage.node.booked(1);
        assert.deepEqual([row?.operation, row?.costNanoUsd], ['count_tokens', 0]);
        return `${usage.input}, booked at no cost`;
      },
    };
    return [...scenarios, counts];
  });
}
