import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { type Answer, fakeUpstream, json, rawUpstream } from '../fake-upstream/fake-upstream.ts';
import type { Meaning, Speech } from './speech/speech.ts';

/** A provider that is asked, and how often it was. */
export interface Provider {
  readonly url: string;
  readonly asked: () => number;
  close(): Promise<void>;
}

/** The same fault, in whatever API the provider speaks. */
export type MakeProvider = (speech: Speech) => Promise<Provider>;

export const streamHead = { 'content-type': 'text/event-stream' };
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function answering(answer: Answer): Promise<Provider> {
  const upstream = await fakeUpstream(answer);
  return { url: upstream.url, asked: () => upstream.seen.length, close: upstream.close };
}

/** Answers every request with this status and an error that means that. */
export function says(status: number, meaning: Meaning, headers: Record<string, string> = {}): MakeProvider {
  return saysBody(status, (speech) => speech.error(status, meaning), headers);
}

export function saysBody(status: number, body: (speech: Speech) => string, headers: Record<string, string> = {}): MakeProvider {
  return (speech) => answering((_seen, response) => json(response, status, body(speech), headers));
}

export const limitsInItsOwnWay: MakeProvider = ({ waitOfItsOwn: { body, headers } }) =>
  answering((_seen, response) => json(response, 429, body, headers));

/** Writes a 200 stream in the given writes, then ends it properly or not at all. */
export function streams(writes: (speech: Speech) => readonly string[], then: 'end' | 'stall' | 'destroy'): MakeProvider {
  return (speech) =>
    answering(async (_seen, response) => {
      response.writeHead(200, streamHead);
      response.flushHeaders();
      for (const part of writes(speech)) {
        response.write(part);
        await pause(30);
      }
      if (then === 'end') response.end();
      if (then === 'destroy') response.destroy();
    });
}

/** Speaks bytes: what it writes before it breaks the connection. */
export function breaksAfter(writes: (speech: Speech) => readonly (string | Buffer)[]): MakeProvider {
  return async (speech) => {
    let asked = 0;
    const upstream = await rawUpstream(async (socket: Socket) => {
      asked += 1;
      for (const part of writes(speech)) {
        socket.write(part);
        await pause(30);
      }
      socket.destroy();
    });
    return { url: upstream.url, asked: () => asked, close: upstream.close };
  };
}

/** Nobody listens there: the port of a service of 1980, which no test beside this one is given. */
export const refuses: MakeProvider = async () => ({
  url: 'http://127.0.0.1:1',
  asked: () => 0,
  close: async () => undefined,
});

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

export const neverAnswers: MakeProvider = () => answering(() => undefined);

/** Answers well, as a stream where one is asked for. */
export const isWell: MakeProvider = (speech) =>
  answering(({ body, url }, response) => {
    if (!body.includes('"stream":true') && !url.includes('streamGenerateContent')) return json(response, 200, speech.answer);
    response.writeHead(200, streamHead);
    response.end(speech.start + speech.hello + speech.end);
  });

export const gzipped: MakeProvider = (speech) =>
  answering((_seen, response) => {
    const body = gzipSync(speech.start + speech.hello + speech.end);
    response.writeHead(200, { ...streamHead, 'content-encoding': 'gzip' });
    response.write(body.subarray(0, 50));
    setTimeout(() => response.end(body.subarray(50)), 20);
  });

export const gzippedError: MakeProvider = (speech) =>
  answering((_seen, response) => {
    const body = gzipSync(speech.error(429, 'used_up'));
    response.writeHead(429, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length });
    response.end(body);
  });
