import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseCidr } from '@aicarpool/shared-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testCertificate } from '../../../test/proxies/certificate.ts';
import { proxyEntry, smallProxy } from '../../../test/proxies/small-proxy.ts';
import { Counters } from './counters.ts';
import { ProxyLine } from './proxy-line.ts';
import { findSettings } from './proxy-settings.ts';
import type { Resolve } from './target.ts';

const before = getCACertificates('default');
const closers: (() => Promise<unknown>)[] = [];
beforeAll(() => setDefaultCACertificates([...before, testCertificate.cert]));
afterAll(() => setDefaultCACertificates(before));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that is spoken to over TLS, in front of a provider that is, too. */
async function tlsInTls(host: string) {
  const inner = await smallProxy({ kind: 'http', names: { 'provider.example': '127.0.0.1' } });
  closers.push(inner.kill);
  const outer = createTlsServer(testCertificate, (socket) => {
    const to = connect(inner.port, '127.0.0.1');
    socket.on('error', () => to.destroy());
    to.on('error', () => socket.destroy());
    socket.pipe(to).pipe(socket);
  });
  const port = await listen(outer);
  const provider = await listen(createHttpsServer(testCertificate, (_request, response) => response.end('hello')));
  const settings = findSettings(proxyEntry('prx_1', { type: 'https', host, port }));
  if (!settings) throw new Error('no settings');
  const toLoopback: Resolve = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const allowed = [parseCidr('127.0.0.0/8')].flatMap((block) => block ?? []);
  const line = new ProxyLine(settings, new Counters(), { allowed, connectTimeoutMs: 2_000, resolve: toLoopback, pool: {} });
  closers.push(() => line.destroy());
  return { line, origin: `https://provider.example:${provider}`, asked: inner.asked };
}

function get(line: ProxyLine, origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    line.dispatch(
      { origin, path: '/', method: 'GET' },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_controller, chunk) => void parts.push(chunk),
        onResponseEnd: () => resolve(Buffer.concat(parts).toString()),
        onResponseError: (_controller, error) => reject(error),
      },
      false,
    );
  });
}

describe('a proxy behind TLS', () => {
  it('carries TLS to the provider inside, over one connection', async () => {
    const { line, origin, asked } = await tlsInTls('proxy.example');
    expect(await get(line, origin)).toBe('hello');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await get(line, origin)).toBe('hello');
    expect(asked).toHaveLength(1);
    expect(line.counters.health('healthy', 0)).toMatchObject({ connections: 1, peak_connections: 1 });
    await expect(line.check(origin)).resolves.toBeUndefined();
  });

  it('that is not who it says is told nothing', async () => {
    const { line, origin, asked } = await tlsInTls('somebody.example');
    await expect(get(line, origin)).rejects.toMatchObject({ blame: 'proxy', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(asked).toEqual([]);
  });
});
