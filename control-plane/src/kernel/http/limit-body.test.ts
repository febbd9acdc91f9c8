import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { CarpoolError } from '../errors.ts';
import { limitBody } from './limit-body.ts';
import { readJson } from './read-json.ts';
import type { HttpEnv } from './request-context.ts';

let server: ReturnType<typeof serve>;
let port: number;

beforeEach(async () => {
  const http = new Hono<HttpEnv>();
  http.onError((error, c) => c.text(error instanceof CarpoolError ? error.code : String(error), 413));
  http.post('/', limitBody(10), async (c) => c.text(`read ${await readJson(c, z.string())}`));
  server = serve({ fetch: http.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

/** What the server says to these bytes; whatever else is on the way may come later, or never. */
async function answerTo(head: string, body: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n${head}\r\n\r\n${body}`);
  const [, said] = (await text(socket)).split('\r\n\r\n');
  return said ?? '';
}

const chunked = (body: string) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

it('reads a body as long as the limit, whether its length was announced or not', async () => {
  expect(await answerTo('content-length: 10', '"12345678"')).toContain('read 12345678');
  expect(await answerTo('content-length: 10', '"äöüä"')).toContain('read äöüä');
  expect(await answerTo('transfer-encoding: chunked', chunked('"12345678"'))).toContain('read 12345678');
});

it('refuses a longer one', async () => {
  expect(await answerTo('content-length: 11', '"123456789"')).toContain('body_too_large');
  expect(await answerTo('transfer-encoding: chunked', chunked('"123456789"'))).toContain('body_too_large');
});

it('refuses one that is announced to be longer before any of it came', async () => {
  expect(await answerTo('content-length: 99999999999', '')).toContain('body_too_large');
});
