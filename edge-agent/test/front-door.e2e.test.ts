import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, askRaw, messageBody } from './ask.ts';
import { anthropicAnswer, type FakeUpstream, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { testKey } from './snapshot.ts';
import { startNode, type TestNode } from './start-node.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function open(limits = {}): Promise<{ node: TestNode; upstream: FakeUpstream }> {
  const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
  const node = await startNode({ baseUrls: [upstream.url], limits });
  opened.push(upstream, node);
  return { node, upstream };
}

describe('a packed request body', () => {
  const text = messageBody();
  const packed = {
    gzip: gzipSync(text),
    'x-gzip': gzipSync(text),
    deflate: deflateSync(text),
    br: brotliCompressSync(text),
    zstd: zstdCompressSync(text),
  };

  it.each(Object.entries(packed))('in %s reaches the account in clear and is booked', async (encoding, body) => {
    const { node, upstream } = await open();
    const reply = await ask(node, { body, headers: { 'content-encoding': encoding } });
    expect(reply.status).toBe(200);
    expect(upstream.seen[0]?.body.toString()).toBe(text);
    expect(upstream.seen[0]?.headers['content-encoding']).toBeUndefined();
    expect(upstream.seen[0]?.headers['content-length']).toBe(String(text.length));
    expect((await node.booked(1))[0]).toMatchObject({ status: 'ok', model: 'claude-sonnet-4-5', requestBytes: text.length });
    expect(node.agent.load.bufferedBytes).toBe(0);
  });

  it('that is none, or in a packing nobody knows, is refused', async () => {
    const { node, upstream } = await open();
    const broken = await ask(node, { body: 'no gzip', headers: { 'content-encoding': 'gzip' } });
    const unknown = await ask(node, { body: text, headers: { 'content-encoding': 'compress' } });
    const twice = await ask(node, { body: gzipSync(packed.gzip), headers: { 'content-encoding': 'gzip, gzip' } });
    expect([broken.status, unknown.status, twice.status]).toEqual([400, 400, 400]);
    expect(upstream.seen).toEqual([]);
    expect(node.agent.load.bufferedBytes).toBe(0);
  });

  it('that would fill the memory is refused before it does', async () => {
    const { node } = await open({ bodyBytes: 4 * 1024 * 1024 });
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const reply = await ask(node, { body: bomb, headers: { 'content-encoding': 'gzip' } });
    expect(reply.status).toBe(413);
    const shallow = gzipSync(messageBody({ system: ' '.repeat(3 * 1024 * 1024) }));
    expect((await ask(node, { body: shallow, headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
    expect(node.agent.load.bufferedBytes).toBe(0);
  });

  it('counts against the memory of all bodies while it is decoded', async () => {
    const { node } = await open({ bufferedBytes: 512 * 1024 });
    const reply = await ask(node, { body: packed.gzip, headers: { 'content-encoding': 'gzip' } });
    expect(reply.status).toBe(503);
    expect(node.agent.load.bufferedBytes).toBe(0);
  });
});

describe('HTTP has its due', () => {
  it('names the method that an endpoint takes', async () => {
    const { node } = await open();
    const wrong = await ask(node, { path: '/v1/messages', method: 'GET' });
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'POST']);
    const models = await ask(node, { path: '/v1/models', method: 'POST' });
    expect([models.status, models.headers['allow']]).toEqual([405, 'GET']);
  });

  it('names what is spoken where a WebSocket is not opened', async () => {
    const { node } = await open();
    const head = 'GET /v1/responses HTTP/1.1\r\nhost: x\r\nauthorization: Bearer acp_wrong\r\n';
    const upgrade = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAA\r\n\r\n';
    const answer = await askRaw(node, head + upgrade, 500);
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required/);
    expect(answer.toLowerCase()).toContain('\r\nupgrade: http/1.1\r\nconnection: upgrade\r\n');
  });

  it('goes on in HTTP where a caller wanted to upgrade to something else', async () => {
    const { node, upstream } = await open();
    const head = (line: string, more: string) =>
      `${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${testKey}\r\n${more}\r\n\r\n`;
    const upgrade = 'connection: upgrade\r\nupgrade: h2c, foo\r\n';
    const body = messageBody();
    const more = `${upgrade}anthropic-version: 2023-06-01\r\ncontent-length: ${body.length}`;
    const answer = await askRaw(node, head('POST /v1/messages', more) + body, 800);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(upstream.seen[0]?.body.toString()).toBe(body);
  });
});
