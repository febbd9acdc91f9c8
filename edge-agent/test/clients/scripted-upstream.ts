import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropic } from './provider/anthropic.ts';
import { gemini } from './provider/gemini.ts';
import { openaiChat } from './provider/openai-chat.ts';
import { openaiResponses } from './provider/openai-responses.ts';
import { type Asked, type Provider, sendJson, type Turn } from './provider/turn.ts';

/** One request as the provider got it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly atMs: number;
  readonly asked: Asked | 'count' | undefined;
}

/** What the scripted model does next. `at` counts the questions of this stage from 0; counting tokens is no question. */
export type Script = (asked: Asked, at: number) => Turn;

export interface ScriptedUpstream {
  readonly origin: string;
  readonly seen: readonly Seen[];
  script: Script;
  /** Answers what is no AI request; false: it is a 404. */
  onOther: (seen: Seen, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

const providers: readonly Provider[] = [anthropic, openaiResponses, openaiChat, gemini];

/** A provider of all four APIs on one loopback port, told by each scenario what to say. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const seen: Seen[] = [];
  let questions = 0;
  const upstream: { script: Script; onOther: ScriptedUpstream['onOther'] } = {
    script: () => ({ pieces: ['nothing was scripted'] }),
    onOther: () => false,
  };
  const server = createServer(async (request, response) => {
    response.on('error', () => undefined);
    const one = await read(request);
    seen.push(one);
    const provider = providers.find((each) => each.read(one.method, one.url, one.body) !== undefined);
    if (one.asked === 'count') provider?.count(response);
    else if (one.asked && provider) {
      const at = questions;
      questions += 1;
      await provider.play(upstream.script(one.asked, at), one.asked, response);
    } else if (!upstream.onOther(one, response)) sendJson(response, { error: { message: 'nothing is here' } }, 404);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(upstream, {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

async function read(request: IncomingMessage): Promise<Seen> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  const body = Buffer.concat(parts);
  const { method = '', url = '', headers, rawHeaders } = request;
  const readings = providers.map((provider) => provider.read(method, url, body));
  return { method, url, headers, rawHeaders, body, atMs: performance.now(), asked: readings.find((one) => one !== undefined) };
}
