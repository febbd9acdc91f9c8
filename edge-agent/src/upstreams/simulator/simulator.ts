import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { anthropicMessages } from './anthropic-messages.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import { hear, type Voice } from './talk.ts';

export interface Simulator {
  readonly origin: string;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  /** Between two tokens of a stream. */
  readonly paceMs?: number;
}

const knownModel = /^(simulated|claude|gpt|gemini|o\d)/;
const bodyAtMost = 32 * 1024 * 1024;

/**
 * A provider that is none: real HTTP on a loopback port, all four dialects, answers that say what they are. It lets
 * a new installation answer before anybody has added an account.
 */
export async function startSimulator({ paceMs = 30 }: SimulatorOptions = {}): Promise<Simulator> {
  let number = 0;
  const server = createServer((request, response) => {
    number += 1;
    answer(request, response, number, paceMs).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, number: number, paceMs: number): Promise<void> {
  const text = await read(request);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
  const voice = voiceFor(pathname);
  if (!voice) return reply(response, 404, { error: { message: 'no such path' } });
  const body = parse(text);
  const model = /\/models\/([^:/]+):/.exec(pathname)?.[1] ?? (typeof body['model'] === 'string' ? body['model'] : '');
  if (!knownModel.test(model)) return reply(response, 404, voice.error(404, `model: ${model} is not simulated`));
  const { talk, fault } = hear(body, model, Buffer.byteLength(text), number);
  if (typeof fault === 'number' && fault >= 400 && fault <= 599) {
    return reply(response, fault, voice.error(fault, `a simulated ${fault}`));
  }
  if (/count_tokens$|:countTokens$/.test(pathname)) return reply(response, 200, voice.count(talk));
  const streams = body['stream'] === true || pathname.endsWith(':streamGenerateContent');
  if (!streams) return reply(response, 200, voice.whole(talk));
  // Google streams one JSON array, element by element, unless events are asked for.
  const asArray = pathname.endsWith(':streamGenerateContent') && searchParams.get('alt') !== 'sse';
  const frames = asArray ? elements(voice.frames(talk)) : voice.frames(talk);
  const type = asArray ? 'application/json' : 'text/event-stream';
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' });
  let left = fault === 'cut' ? 10 : Number.POSITIVE_INFINITY;
  for (const frame of frames) {
    if (response.destroyed || left === 0) {
      response.destroy();
      return;
    }
    left -= 1;
    response.write(frame);
    await sleep(paceMs);
  }
  response.end();
}

function* elements(frames: Iterable<string>): Iterable<string> {
  let before = '[';
  for (const frame of frames) {
    yield before + frame.slice('data: '.length).trim();
    before = ',\r\n';
  }
  yield ']';
}

function voiceFor(pathname: string): Voice | undefined {
  if (/\/messages(\/count_tokens)?$/.test(pathname)) return anthropicMessages;
  if (pathname.endsWith('/chat/completions')) return openaiChat;
  if (pathname.endsWith('/responses')) return openaiResponses;
  return pathname.includes('/models/') ? gemini : undefined;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyAtMost) throw new RangeError('request body too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? { ...value } : {};
  } catch {
    return {};
  }
}
