import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { assertFreePort } from './assert-free-port.ts';

function listenAnywhere(): Promise<{ port: number; close(): void }> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() });
    });
  });
}

test('names the variable to change when another program has the port', async () => {
  const taken = await listenAnywhere();
  await expect(assertFreePort('CARPOOL_PORT', '127.0.0.1', taken.port, 0)).rejects.toThrow(
    `port ${taken.port} is in use by another program: stop it, or set CARPOOL_PORT to a free port`,
  );
  taken.close();
});

test('waits for a program that is about to leave', async () => {
  const taken = await listenAnywhere();
  setTimeout(() => taken.close(), 150);
  await assertFreePort('CARPOOL_PORT', '127.0.0.1', taken.port, 5_000);
});

test('says that an address is not of this machine', async () => {
  await expect(assertFreePort('CARPOOL_PORT', '192.0.2.1', 0)).rejects.toThrow('192.0.2.1 is no address of this machine');
});
