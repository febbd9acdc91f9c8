import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { testKey } from './snapshot.ts';
import type { TestNode } from './start-node.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** False when the connection broke before the answer was complete. */
  readonly complete: boolean;
}

export interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly key?: string | null;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  readonly onData?: (soFar: Buffer, hangUp: () => void) => void;
}

export const messageBody = (fields: object = {}) =>
  JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], ...fields });

/** One request by plain HTTP, byte for byte; by default a short question to `/v1/messages`. */
export function ask(node: Pick<TestNode, 'port'>, question: Question = {}): Promise<Reply> {
  const body = question.body ?? (question.method === 'GET' ? '' : messageBody());
  const headers: Record<string, string> = { 'content-type': 'application/json', ...question.headers };
  if (question.key !== null) headers['authorization'] ??= `Bearer ${question.key ?? testKey}`;
  if (question.method !== 'GET' && !headers['transfer-encoding']) headers['content-length'] = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: node.port,
      path: question.path ?? '/v1/messages',
      method: question.method ?? 'POST',
      headers,
      agent: question.agent ?? new Agent({ keepAlive: false }),
      ...(question.signal ? { signal: question.signal } : {}),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      const done = (complete: boolean) => {
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(parts), complete });
      };
      response.on('data', (part: Buffer) => {
        parts.push(part);
        if (question.onData) question.onData(Buffer.concat(parts), () => request.destroy());
      });
      response.on('end', () => done(response.complete));
      response.on('error', () => done(false));
    });
    request.end(body);
  });
}

/** Sends raw bytes and gives back whatever comes until the connection closes (or `waitMs` is over). */
export function askRaw(node: Pick<TestNode, 'port'>, bytes: string, waitMs = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(node.port, '127.0.0.1');
    let text = '';
    const finish = () => {
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(finish, waitMs);
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
    socket.write(bytes);
  });
}

export const until = async (what: () => boolean, timeoutMs = 5_000) => {
  for (let waitedMs = 0; !what() && waitedMs < timeoutMs; waitedMs += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
