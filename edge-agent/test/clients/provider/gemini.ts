import type { ServerResponse } from 'node:http';
import { type Asked, fieldsOf, listOf, type Provider, sayPieces, sendJson, type Turn, usage } from './turn.ts';

const signature = 'c2NyaXB0ZWQtc2lnbmF0dXJl';

export const gemini: Provider = {
  read(method, url, body) {
    const [, model, verb] = /\/models\/([^/:]+):(\w+)/.exec(decodeURIComponent(url)) ?? [];
    if (method !== 'POST' || !model) return undefined;
    if (verb === 'countTokens') return 'count';
    const fields = fieldsOf(body);
    const parts = listOf(fields['contents']).flatMap((content) => listOf(content['parts']));
    const toolResults = parts.filter((part) => part['functionResponse'] !== undefined).map((part) => JSON.stringify(part));
    return { model, stream: verb === 'streamGenerateContent', toolResults, body: fields };
  },
  count: (response) => sendJson(response, { totalTokens: usage.input }),
  play: (turn, asked, response) => (asked.stream ? stream(turn, asked, response) : whole(turn, asked, response)),
};

function chunk({ model }: Asked, parts: object[], finishReason?: string) {
  const counted = { promptTokenCount: usage.input, candidatesTokenCount: usage.output };
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }],
    usageMetadata: { ...counted, totalTokenCount: usage.input + usage.output },
    modelVersion: model,
    responseId: 'scripted',
  };
}

function partsOf({ call }: Turn): object[] {
  if (!call) return [];
  return [{ functionCall: { name: call.name, args: 'input' in call ? call.input : {} }, thoughtSignature: signature }];
}

async function stream(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (value: object) => response.write(`data: ${JSON.stringify(value)}\r\n\r\n`);
  await sayPieces(
    turn,
    (text) => send(chunk(asked, [{ text }])),
    () => response.write('\r\n'),
  );
  const parts = partsOf(turn);
  send(chunk(asked, parts.length > 0 ? parts : [{ text: '' }], 'STOP'));
  response.end();
}

async function whole(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  sendJson(response, chunk(asked, [{ text: turn.pieces.join('') }, ...partsOf(turn)], 'STOP'));
}
