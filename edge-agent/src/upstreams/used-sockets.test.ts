import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { cameFromUsedSocket, watchSocket } from './used-sockets.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A socket to a server that does the next of `answers` for every request; `undefined` breaks off. */
async function socketTo(...answers: (string | undefined)[]): Promise<Socket> {
  const server = createServer((peer) => {
    peer.on('error', () => undefined);
    peer.on('data', () => {
      const answer = answers.shift();
      if (answer === undefined) peer.resetAndDestroy();
      else peer.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  open.push(server, { close: () => socket.destroy() });
  watchSocket(socket);
  socket.on('readable', () => {
    while (socket.read() !== null);
  });
  return socket;
}

function ask(socket: Socket): Promise<Error | 'answered'> {
  return new Promise((resolve) => {
    socket.once('error', resolve);
    socket.once('readable', () => resolve('answered'));
    socket.write('request');
  });
}

describe('a failure', () => {
  it('of the first request on a socket is no sign of age', async () => {
    const failure = await ask(await socketTo(undefined));
    expect(failure).toBeInstanceOf(Error);
    expect(cameFromUsedSocket(failure as Error)).toBe(false);
  });

  it('of a request that got no byte, behind one that was answered, may be one', async () => {
    const socket = await socketTo('answer', undefined);
    expect(await ask(socket)).toBe('answered');
    expect(cameFromUsedSocket((await ask(socket)) as Error)).toBe(true);
  });

  it('of a request that was being answered is none', async () => {
    const socket = await socketTo('answer', 'half an ans', undefined);
    await ask(socket);
    await ask(socket);
    const failed = new Promise<Error>((resolve) => socket.once('error', resolve));
    socket.destroy(new Error('bad response'));
    expect(cameFromUsedSocket(await failed)).toBe(false);
  });
});
