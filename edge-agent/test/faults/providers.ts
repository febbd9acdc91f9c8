import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import {
  anthropicAnswer,
  anthropicEnd,
  anthropicStart,
  anthropicText,
  fakeUpstream,
  json,
  rawUpstream,
} from '../fake-upstream/fake-upstream.ts';

/** A provider that is asked, and how often it was. */
export interface Provider {
  readonly url: string;
  readonly asked: () => number;
  close(): Promise<void>;
}

export type MakeProvider = () => Promise<Provider>;

export const streamHead = { 'content-type': 'text/event-stream' };
const errorBody = (type: string, message = 'no') => JSON.stringify({ type: 'error', error: { type, message } });

/** Answers every request with this status, body and headers. */
export function says(status: number, type: string, headers: Record<string, string> = {}): MakeProvider {
  return saysBody(status, errorBody(type), headers);
}

export function saysBody(status: number, body: string, headers: Record<string, string> = {}): MakeProvider {
  return async () => {
    const upstream = await fakeUpstream((_seen, response) => json(response, status, body, headers));
    return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
  };
}

/** Writes a 200 stream in the given writes, then ends it properly or not at all. */
export function streams(writes: readonly string[], then: 'end' | 'stall' | 'destroy', head: object = streamHead): MakeProvider {
  return async () => {
    const upstream = await fakeUpstream(async (_seen, response) => {
      response.writeHead(200, { ...head });
      response.flushHeaders();
      for (const part of writes) {
        response.write(part);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      if (then === 'end') response.end();
      if (then === 'destroy') response.destroy();
    });
    return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
  };
}

/** Speaks bytes: what it writes before it breaks the connection. */
export function breaksAfter(...writes: readonly (string | Buffer)[]): MakeProvider {
  return async () => {
    let asked = 0;
    const upstream = await rawUpstream(async (socket: Socket) => {
      asked += 1;
      for (const part of writes) {
        socket.write(part);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      socket.destroy();
    });
    return { url: upstream.url, asked: () => asked, close: upstream.close };
  };
}

/** Nobody listens there. */
export const refuses: MakeProvider = async () => {
  const upstream = await fakeUpstream(() => undefined);
  await upstream.close();
  return { url: upstream.url, asked: () => 0, close: async () => undefined };
};

export const hasNoName: MakeProvider = async () => ({
  url: 'http://no-such-provider.invalid',
  asked: () => 0,
  close: async () => undefined,
});

/** A TLS server without a certificate: no handshake ends well. */
export const failsTls: MakeProvider = async () => {
  const server = createTlsServer({});
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

export const neverAnswers: MakeProvider = async () => {
  const upstream = await fakeUpstream(() => undefined);
  return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
};

const wholeStream = anthropicStart(25) + anthropicText('hello') + anthropicEnd(15);

/** Answers well, as a stream where one is asked for. */
export const isWell: MakeProvider = async () => {
  const upstream = await fakeUpstream((seen, response) => {
    if (!seen.body.includes('"stream":true')) return json(response, 200, anthropicAnswer);
    response.writeHead(200, streamHead);
    response.end(wholeStream);
  });
  return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
};

export const gzipped: MakeProvider = async () => {
  const upstream = await fakeUpstream((_seen, response) => {
    const body = gzipSync(wholeStream);
    response.writeHead(200, { ...streamHead, 'content-encoding': 'gzip' });
    response.write(body.subarray(0, 50));
    setTimeout(() => response.end(body.subarray(50)), 20);
  });
  return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
};

export const gzippedError: MakeProvider = async () => {
  const upstream = await fakeUpstream((_seen, response) => {
    const body = gzipSync(errorBody('billing_error'));
    response.writeHead(429, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length });
    response.end(body);
  });
  return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
};
